/** What a request for the built page is answered with. */
import { builtPage } from './page.ts';

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
