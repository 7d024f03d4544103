/** Serves the built page under a scheme of Platter's own, out of memory, with its content security policy. */
import { protocol, type Session } from 'electron';
import { respond, type PageFiles } from './page-response.ts';
import { scheme } from './page.ts';

/** Makes the scheme one with origins, as https is. Call it before the app is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, codeCache: true } },
  ]);
  // What answers are made of is loaded when it is first used: now, while the system gets ready, and not when the page waits.
  void new Response();
}

/** Answers every request for the scheme from `files`; no path on disk is ever made of an address. */
export function servePage(session: Session, files: PageFiles, contentSecurityPolicy: string): void {
  session.protocol.handle(scheme, (request) => {
    const { status, content, headers } = respond(files, contentSecurityPolicy, request.method, request.url);
    return new Response(new Uint8Array(content), { status, headers });
  });
}
