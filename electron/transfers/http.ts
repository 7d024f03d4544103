/** HTTP as uploads need it: bodies that are streamed, certificates of one's own, and failures that say what is wrong. */
import { readFileSync } from 'node:fs';
import {
  Agent as PlainAgent,
  request as plainRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { rootCertificates } from 'node:tls';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

export interface HttpTrust {
  /** A PEM file of authorities that are trusted besides the usual ones. */
  readonly caFile: string | null;
  readonly insecure: boolean;
}

/** Neither a byte nor a word for so long: the connection counts as broken. */
const silenceMilliseconds = 120_000;
/** No answer that is read whole is longer; lists come in pages. */
const mostBodyBytes = 16 << 20;

/** Connections to one cloud. */
export class HttpClient {
  readonly #plain = new PlainAgent({ keepAlive: true });
  readonly #secure: SecureAgent;

  /** @throws Failure `io.*` when the file of authorities cannot be read. */
  constructor({ caFile, insecure }: HttpTrust) {
    this.#secure = new SecureAgent({
      keepAlive: true,
      rejectUnauthorized: !insecure,
      ...(caFile === null ? {} : { ca: [...rootCertificates, readAuthorities(caFile)] }),
    });
  }

  /**
   * Sends a request; the answer's body is still to be read, by text() or as a stream.
   * @throws Failure `cloud.unreachable`, `cloud.untrusted`; what the body throws; what `signal` was aborted with.
   */
  async send(
    address: string,
    { method = 'GET', headers = {}, body, signal }: HttpRequest = {},
  ): Promise<HttpResponse> {
    const url = parseAddress(address);
    signal?.throwIfAborted();
    const isSecure = url.protocol === 'https:';
    const outgoing = (isSecure ? secureRequest : plainRequest)(url, {
      method,
      agent: isSecure ? this.#secure : this.#plain,
      headers:
        typeof body === 'string'
          ? { ...headers, 'content-length': String(Buffer.byteLength(body)) }
          : headers,
      ...(signal === undefined ? {} : { signal }),
    });
    outgoing.setTimeout(silenceMilliseconds, () => {
      outgoing.destroy(
        Object.assign(new Error(inEnglish('nothing came for two minutes')), { code: 'ETIMEDOUT' }),
      );
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
    });
    // What goes wrong with the body destroys the request, and a refusal may come before all of it was sent.
    send(outgoing, body).catch(() => {});
    try {
      const response = await answered;
      return { status: response.statusCode ?? 0, headers: response.headers, body: response };
    } catch (error) {
      outgoing.destroy();
      signal?.throwIfAborted();
      throw connectionFailure(error, url.origin);
    }
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }
}

async function send(outgoing: ReturnType<typeof plainRequest>, body: HttpRequest['body']): Promise<void> {
  if (body === undefined || typeof body === 'string') {
    outgoing.end(body);
    return;
  }
  await pipeline(Readable.from(body, { objectMode: false, highWaterMark: 1 << 20 }), outgoing);
}

/** The whole body as text. @throws Failure `cloud.unreachable` when it breaks off, `cloud.refused` when it has no end. */
export async function text({ body, status }: HttpResponse): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > mostBodyBytes) {
        body.destroy();
        throw new Failure('cloud.refused', {
          action: 'answer',
          status,
          problem: inEnglish('the answer has no end'),
        });
      }
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('cloud.unreachable', { address: hostOf(body), reason: reasonOf(error) }, error);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function hostOf(body: IncomingMessage): string {
  return body.socket?.remoteAddress ?? 'the cloud';
}

function parseAddress(address: string): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new Failure('input.invalid', {
      problem: inEnglish('"{address}" is not a web address', { address }),
    });
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new Failure('input.invalid', {
    problem: inEnglish('"{address}" does not begin with http:// or https://', { address }),
  });
}

function readAuthorities(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw systemFailure(error, path);
  }
}

/** OpenSSL's and Node's words for a certificate that proves nothing. */
const distrust = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|INVALID_CA|HOSTNAME_MISMATCH)/;

/** The failure for a request that got no answer. `address`: who was asked. */
export function connectionFailure(error: unknown, address: string): Failure {
  // What reading the source threw comes out of the request as it is.
  if (error instanceof Failure) return error;
  const reason = reasonOf(error);
  const code = distrust.test(reason) ? 'cloud.untrusted' : 'cloud.unreachable';
  return new Failure(code, { address, reason }, error);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message ?? error);
}
