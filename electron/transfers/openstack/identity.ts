/** Keystone, Identity API v3: tokens, renewed before they expire, and the catalogue that says where Glance is. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { text, type HttpClient } from '../http.ts';
import { problemIn } from './refusals.ts';
import type { OpenStackAccess, OpenStackSettings } from './settings.ts';

/** One answer of Keystone, as far as we read it. */
interface TokenBody {
  readonly expires_at: string;
  readonly user?: { readonly name?: string };
  readonly project?: { readonly id?: string; readonly name?: string };
  readonly catalog?: readonly {
    readonly type: string;
    readonly endpoints: readonly {
      readonly interface: string;
      readonly region_id?: string | null;
      readonly url: string;
    }[];
  }[];
}

export interface Token {
  readonly value: string;
  readonly expiresAtMilliseconds: number;
  readonly user: string | null;
  readonly project: string | null;
  readonly projectId: string | null;
  /** Null where the catalogue has none for the region and the interface that were asked for. */
  readonly imageEndpoint: string | null;
  /** Those that have a Glance. */
  readonly regions: readonly string[];
}

/** A token that is about to end could end on its way. */
const marginMilliseconds = 30_000;

/** Asks for tokens, and keeps the one that holds. */
export class Identity {
  readonly #http: HttpClient;
  readonly #access: OpenStackAccess;
  #token: Token | null = null;
  #lifeMilliseconds = 0;

  constructor(http: HttpClient, access: OpenStackAccess) {
    this.#http = http;
    this.#access = access;
  }

  /** A token that holds for a while. @throws Failure `cloud.*`, `input.invalid`. */
  async token(signal?: AbortSignal): Promise<Token> {
    const known = this.#token;
    if (known !== null && Date.now() < known.expiresAtMilliseconds - this.#marginMilliseconds) return known;
    const asked = Date.now();
    const fresh = await this.#ask(signal);
    this.#lifeMilliseconds = fresh.expiresAtMilliseconds - asked;
    return (this.#token = fresh);
  }

  /** The cloud did not take it although it should still hold. */
  discard(token: Token): void {
    if (this.#token === token) this.#token = null;
  }

  /** Of short lives a small part only. */
  get #marginMilliseconds(): number {
    return Math.min(marginMilliseconds, this.#lifeMilliseconds / 4);
  }

  async #ask(signal: AbortSignal | undefined): Promise<Token> {
    const { settings, secret } = this.#access;
    const address = `${identityAddress(settings.authUrl)}/auth/tokens`;
    const response = await this.#http.send(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(tokenRequest(settings, secret)),
      ...(signal === undefined ? {} : { signal }),
    });
    const body = await text(response);
    const value = response.headers['x-subject-token'];
    if (response.status === 401) {
      throw new Failure('cloud.unauthorised', { address: settings.authUrl, problem: problemIn(body, 401) });
    }
    if (response.status !== 201 || typeof value !== 'string') {
      throw new Failure('cloud.refused', {
        action: inEnglish('log in'),
        status: response.status,
        problem:
          response.status === 201
            ? inEnglish('there is no token in the answer')
            : problemIn(body, response.status),
      });
    }
    return readToken(value, body, settings);
  }
}

/** The address of the v3 API: many write it without the version. */
export function identityAddress(authUrl: string): string {
  const base = authUrl.replace(/\/+$/, '').replace(/\/v2\.0$/, '');
  return base.endsWith('/v3') ? base : `${base}/v3`;
}

/** The body of `POST /v3/auth/tokens`. An application credential is bound to its project, and takes no scope. */
export function tokenRequest(settings: OpenStackSettings, secret: string): object {
  const domain = (name: string | null): object => ({ domain: domainOf(name) });
  const user =
    settings.userId !== null
      ? { id: settings.userId }
      : { name: settings.username, ...domain(settings.userDomain) };
  if (settings.authentication === 'application-credential') {
    const which =
      settings.applicationCredentialId !== null
        ? { id: settings.applicationCredentialId }
        : { name: settings.applicationCredentialName, user };
    const identity = { methods: ['application_credential'], application_credential: { ...which, secret } };
    return { auth: { identity } };
  }
  const identity = { methods: ['password'], password: { user: { ...user, password: secret } } };
  if (settings.projectId !== null)
    return { auth: { identity, scope: { project: { id: settings.projectId } } } };
  if (settings.projectName === null) return { auth: { identity } };
  const project = { name: settings.projectName, ...domain(settings.projectDomain ?? settings.userDomain) };
  return { auth: { identity, scope: { project } } };
}

/** A domain is written by name or by id; ids are 32 hexadecimal digits, and that of the first is "default". */
function domainOf(word: string | null): object {
  if (word === null || word === 'default') return { id: 'default' };
  return /^[0-9a-f]{32}$/.test(word) ? { id: word } : { name: word };
}

function readToken(value: string, body: string, settings: OpenStackSettings): Token {
  const { token } = parse(body);
  const images = (token.catalog ?? [])
    .filter(({ type }) => type === 'image')
    .flatMap(({ endpoints }) => endpoints)
    .filter((endpoint) => endpoint.interface === settings.interface);
  const endpoint = images.find(({ region_id }) => settings.region === null || region_id === settings.region);
  return {
    value,
    expiresAtMilliseconds: Date.parse(token.expires_at),
    user: token.user?.name ?? null,
    project: token.project?.name ?? null,
    projectId: token.project?.id ?? null,
    imageEndpoint: settings.imageEndpoint ?? endpoint?.url ?? null,
    regions: [...new Set(images.flatMap(({ region_id }) => region_id ?? []))],
  };
}

function parse(body: string): { readonly token: TokenBody } {
  try {
    const parsed = JSON.parse(body) as { readonly token?: TokenBody };
    if (typeof parsed.token?.expires_at === 'string') return { token: parsed.token };
  } catch {
    // Said below.
  }
  throw new Failure('cloud.refused', {
    action: inEnglish('log in'),
    status: 201,
    problem: inEnglish('the answer is no token'),
  });
}
