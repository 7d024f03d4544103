/** Answers the page's HTTP requests: the exchange of the token, and the window's own files. Everything else is refused. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { acceptHost, isOwnOrigin, type Address } from './authority.ts';
import { contentSecurityPolicy, contentSecurityPolicyAt } from './content-security-policy.ts';
import type { Session } from './session.ts';
import type { StaticFiles } from './static-files.ts';

export interface RequestParts {
  readonly address: Address;
  readonly session: Session;
  readonly files: StaticFiles;
}

/** For a browser that came from another site: it sends a strict cookie only with what our own page asks for. */
const arrivalPage = '<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>Platter</title>\n';

export function answerRequest(
  { address, session, files }: RequestParts,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const authority = acceptHost(request.headers.host, address, request.socket.localAddress);
  const refuse = (status: number, text: string, headers: OutgoingHttpHeaders = {}): void =>
    send(request, response, authority, status, text, headers);
  if (authority === null) return refuse(403, 'This is not the address of this server.');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    if (!isOwnOrigin(request.headers.origin, authority)) {
      return refuse(403, 'This is not the page of this server.');
    }
    return refuse(405, 'Only GET and HEAD are answered.', { allow: 'GET, HEAD' });
  }
  const url = parseUrl(request.url, authority);
  if (!url) return refuse(400, 'This is not an address.');
  const token = url.pathname === '/' ? url.searchParams.get('token') : null;
  if (token !== null) return exchangeToken(session, token, request, response, authority);
  if (!session.admits(request.headers.cookie)) {
    return refuse(403, 'Open the address that Platter printed when it started.');
  }
  const file = files.get(url.pathname);
  if (!file) return refuse(404, 'There is no such file.');
  const headers = { 'cache-control': file.cacheControl, etag: file.etag };
  if (request.headers['if-none-match'] === file.etag) return refuse(304, '', headers);
  send(request, response, authority, 200, file.content, { ...headers, 'content-type': file.contentType });
}

function exchangeToken(
  session: Session,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
  authority: string,
): void {
  const cookie = session.exchange(token);
  if (cookie === null) {
    return send(request, response, authority, 403, 'The token in this address is not right.', {});
  }
  const headers = { 'set-cookie': cookie };
  if (request.headers['sec-fetch-site'] === 'cross-site') {
    const html = { ...headers, 'content-type': 'text/html; charset=utf-8' };
    return send(request, response, authority, 200, arrivalPage, html);
  }
  send(request, response, authority, 303, '', { ...headers, location: '/' });
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  authority: string | null,
  status: number,
  body: string | Buffer,
  headers: OutgoingHttpHeaders,
): void {
  const content = typeof body === 'string' && body !== '' ? `${body.trimEnd()}\n` : body;
  response.writeHead(status, {
    ...securityHeaders(authority),
    'cache-control': 'no-store',
    'content-type': 'text/plain; charset=utf-8',
    ...(status === 304 ? {} : { 'content-length': Buffer.byteLength(content) }),
    // What the body of a refused request holds is not read: the connection ends with the answer.
    ...(status >= 400 ? { connection: 'close' } : {}),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}

function securityHeaders(authority: string | null): OutgoingHttpHeaders {
  return {
    'content-security-policy':
      authority === null ? contentSecurityPolicy : contentSecurityPolicyAt(authority),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

function parseUrl(target: string | undefined, authority: string): URL | null {
  if (!target?.startsWith('/')) return null;
  try {
    return new URL(`http://${authority}${target}`);
  } catch {
    return null;
  }
}
