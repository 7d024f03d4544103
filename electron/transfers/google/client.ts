/** Requests to Google's services: signed by google-auth-library with the usual credentials; failures in our words. */
import { GoogleAuth } from 'google-auth-library';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { HttpClient, text, type HttpRequest, type HttpResponse } from '../http.ts';
import type { GoogleSettings } from './settings.ts';

const scope = 'https://www.googleapis.com/auth/cloud-platform';

export class GoogleClient {
  readonly settings: GoogleSettings;
  readonly #auth: GoogleAuth;
  readonly #http = new HttpClient({ caFile: null, insecure: false });

  constructor(settings: GoogleSettings) {
    this.settings = settings;
    const { keyFile, project } = settings;
    // Without a project the library runs gcloud to ask for one.
    this.#auth = new GoogleAuth({
      scopes: [scope],
      projectId: project,
      ...(keyFile !== null && { keyFile }),
    });
  }

  close(): void {
    this.#http.close();
  }

  /** The answer, whatever its status. Tokens are kept and renewed. @throws Failure `cloud.unauthorised`, `cloud.unreachable`. */
  async ask(address: string, request: HttpRequest = {}): Promise<HttpResponse> {
    const authorization = await this.#authorization(address);
    request.signal?.throwIfAborted();
    return this.#http.send(address, { ...request, headers: { ...request.headers, authorization } });
  }

  /** Without credentials: where the address itself is the permission. */
  async askOpenly(address: string, request: HttpRequest): Promise<HttpResponse> {
    return this.#http.send(address, request);
  }

  /** The JSON of a success; null for what is not there, where `orNull` says so. @throws Failure `cloud.*`. */
  async json<T>(
    action: Message,
    address: string,
    request: Omit<HttpRequest, 'body'> & { readonly json?: unknown } = {},
  ): Promise<T> {
    const found = await this.find<T>(action, address, request);
    if (found !== null) return found;
    throw new Failure('cloud.refused', {
      action,
      status: 404,
      problem: inEnglish('there is nothing at {address}', { address }),
    });
  }

  /** Null for what is not there. @throws Failure `cloud.*`. */
  async find<T>(
    action: Message,
    address: string,
    { json, ...request }: Omit<HttpRequest, 'body'> & { readonly json?: unknown } = {},
  ): Promise<T | null> {
    const response = await this.ask(address, {
      ...request,
      ...(json !== undefined && {
        body: JSON.stringify(json),
        headers: { ...request.headers, 'content-type': 'application/json' },
      }),
    });
    const body = await text(response);
    if (response.status === 404 && json === undefined) return null;
    if (response.status >= 300) throw googleFailure(action, response.status, body, address);
    return (body === '' ? {} : JSON.parse(body)) as T;
  }

  async #authorization(address: string): Promise<string> {
    try {
      const headers = await this.#auth.getRequestHeaders(address);
      return headers.get('authorization') ?? '';
    } catch (error) {
      const problem = inEnglish('no credentials: {message}', { message: String((error as Error).message) });
      throw new Failure('cloud.unauthorised', { address: new URL(address).origin, problem }, error);
    }
  }
}

interface GoogleError {
  readonly error?: {
    readonly message?: unknown;
    readonly errors?: readonly { readonly reason?: unknown }[];
  };
}

/** The failure for an answer that is no success. `action`: what was to be done, after "could not". */
export function googleFailure(action: Message, status: number, body: string, address: string): Failure {
  let said: GoogleError['error'];
  try {
    said = (JSON.parse(body) as GoogleError).error;
  } catch {
    said = undefined;
  }
  const message = typeof said?.message === 'string' ? said.message : body.slice(0, 300).trim();
  const problem = message === '' ? inEnglish('it gives no reason (HTTP {status})', { status }) : message;
  const stated = said?.errors?.[0]?.reason;
  const reason = typeof stated === 'string' ? stated : '';
  if (/rateLimit/i.test(reason)) return new Failure('cloud.refused', { action, status: 429, problem });
  if (/quota/i.test(reason)) return new Failure('cloud.quota', { problem });
  if (status === 401) {
    return new Failure('cloud.unauthorised', { address: new URL(address).origin, problem });
  }
  if (status === 403) return new Failure('cloud.forbidden', { action, problem });
  return new Failure('cloud.refused', { action, status, problem });
}
