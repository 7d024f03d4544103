/** Serves the built page under a scheme of Platter's own, out of memory, with its content security policy. */
import { protocol, type Session } from 'electron';
import { builtPage, scheme } from './page.ts';

export interface PageFile {
  readonly content: Buffer;
  readonly contentType: string;
}

export interface PageResponse {
  readonly status: number;
  readonly content: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Files by the path of their address, as in `/index.html`. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** Makes the scheme one with origins, as https is. Call it before the app is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, codeCache: true } },
  ]);
}

/** Answers every request for the scheme from `files`; no path on disk is ever made of an address. */
export function servePage(session: Session, files: PageFiles, contentSecurityPolicy: string): void {
  session.protocol.handle(scheme, (request) => {
    const { status, content, headers } = respond(files, contentSecurityPolicy, request.method, request.url);
    return new Response(new Uint8Array(content), { status, headers });
  });
}

/** The answer to one request. */
export function respond(
  files: PageFiles,
  contentSecurityPolicy: string,
  method: string,
  address: string,
): PageResponse {
  const headers = {
    'Content-Security-Policy': contentSecurityPolicy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
  const file = method === 'GET' && builtPage.owns(address) ? files.get(new URL(address).pathname) : undefined;
  if (file === undefined) {
    return {
      status: 404,
      content: Buffer.from('There is nothing here.'),
      headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' },
    };
  }
  return { status: 200, content: file.content, headers: { ...headers, 'Content-Type': file.contentType } };
}
