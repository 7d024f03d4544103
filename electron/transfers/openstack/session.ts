/** A session with a cloud's image service: requests go out with a token that holds, and again after trouble that passes. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { HttpClient, text, type HttpRequest, type HttpResponse } from '../http.ts';
import { Identity, type Token } from './identity.ts';
import { refusal } from './refusals.ts';
import type { OpenStackAccess } from './settings.ts';

/** That many errors of the cloud itself are asked over, with longer and longer rests. */
const restsMilliseconds: readonly number[] = [500, 1500, 4000];

type SessionRequest = Omit<HttpRequest, 'signal'> & { readonly signal?: AbortSignal | undefined };

/** Paths are those of the service, and begin with its version. */
export class Session {
  readonly #http: HttpClient;
  readonly #identity: Identity;
  readonly #access: OpenStackAccess;
  #hasAnswered = false;

  /** @throws Failure `io.*` for a file of authorities that cannot be read. */
  constructor(access: OpenStackAccess) {
    this.#http = new HttpClient(access.settings);
    this.#identity = new Identity(this.#http, access);
    this.#access = access;
  }

  /** The token that holds now. @throws Failure `cloud.*`, `input.invalid`. */
  token(signal?: AbortSignal): Promise<Token> {
    return this.#identity.token(signal);
  }

  /** Where the service is, without a version: paths say it. @throws Failure `cloud.*`, `input.invalid` where there is none. */
  async endpoint(signal: AbortSignal | undefined): Promise<string> {
    const { imageEndpoint, regions } = await this.#identity.token(signal);
    if (imageEndpoint !== null) return imageEndpoint.replace(/\/+$/, '').replace(/\/v2$/, '');
    const { region, interface: face, projectId, projectName, authentication } = this.#access.settings;
    const unscoped = authentication === 'password' && projectId === null && projectName === null;
    const where = { face, region: region ?? '–' };
    throw new Failure('input.invalid', {
      problem: unscoped
        ? inEnglish('the account names no project: the cloud then shows no image service')
        : regions.length === 0
          ? inEnglish('the cloud has no {face} image service in the region {region}', where)
          : inEnglish('the cloud has no {face} image service in the region {region}; there are {known}', {
              ...where,
              known: regions.join(', '),
            }),
    });
  }

  /** Asks, and asks again while the cloud has trouble of its own. @throws Failure `cloud.*`. */
  async ask(
    path: string,
    request: SessionRequest,
  ): Promise<{ readonly status: number; readonly body: string }> {
    for (let tries = 0; ; tries++) {
      const rest = restsMilliseconds[tries];
      try {
        const response = await this.open(path, request);
        const body = await text(response);
        if (rest === undefined || !isPassing(response.status)) return { status: response.status, body };
      } catch (error) {
        const isBroken = error instanceof Failure && error.code === 'cloud.unreachable';
        // Where nobody ever answered, somebody waits for the words that say so.
        if (!isBroken || rest === undefined || !this.#hasAnswered) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, rest));
      request.signal?.throwIfAborted();
    }
  }

  /** The same where nothing but 200 will do. `action`: what was to be done, after "could not". @throws Failure `cloud.*`. */
  async json<T>(action: Message, path: string, request: SessionRequest): Promise<T> {
    const { status, body } = await this.ask(path, request);
    if (status !== 200) throw refusal(action, status, body);
    return parseAnswer(body) as T;
  }

  /**
   * The answer with its body still to be read; with a new token where the cloud does not take the one that should still hold.
   * @throws Failure `cloud.*`.
   */
  async open(path: string, request: SessionRequest): Promise<HttpResponse> {
    const token = await this.#identity.token(request.signal);
    const response = await this.#send(path, token, request);
    if (response.status !== 401) return response;
    response.body.resume();
    this.#identity.discard(token);
    const again = await this.#send(path, await this.#identity.token(request.signal), request);
    if (again.status !== 401) return again;
    throw new Failure('cloud.unauthorised', {
      address: token.imageEndpoint ?? '',
      problem: inEnglish('Glance does not take the token that Keystone gave'),
    });
  }

  /** The same for a body that can be sent once only: who begins again has a new token then. @throws Failure `cloud.*`. */
  async openOnce(path: string, request: SessionRequest): Promise<HttpResponse> {
    const token = await this.#identity.token(request.signal);
    const response = await this.#send(path, token, request);
    if (response.status === 401) this.#identity.discard(token);
    return response;
  }

  close(): void {
    this.#http.close();
  }

  async #send(path: string, token: Token, { signal, ...request }: SessionRequest): Promise<HttpResponse> {
    const response = await this.#http.send(`${await this.endpoint(signal)}${path}`, {
      ...request,
      headers: {
        accept: '*/*',
        ...(typeof request.body === 'string' ? { 'content-type': 'application/json' } : {}),
        ...request.headers,
        'x-auth-token': token.value,
      },
      ...(signal === undefined ? {} : { signal }),
    });
    this.#hasAnswered = true;
    return response;
  }
}

/** What a proxy or a service says in passing. */
function isPassing(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}

/** The value that an answer's body holds. @throws Failure `cloud.refused` when it is no JSON. */
export function parseAnswer(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new Failure(
      'cloud.refused',
      { action: 'answer', status: 200, problem: inEnglish('the answer is no JSON') },
      error,
    );
  }
}
