/** What no page in Platter may do: leave, open windows, embed others, load from elsewhere, or ask for permissions. */
import { app, type Session, type WebContents } from 'electron';
import type { Page } from './page.ts';

/**
 * The one permission that the page has: writing plain text to the clipboard, which Chromium itself grants only upon a
 * user's action. "Copy path" needs it.
 */
const clipboardWriting = 'clipboard-sanitized-write';

/** Restricts every web contents that will ever be made, whoever makes it. */
export function restrictContents(page: Page): void {
  app.on('web-contents-created', (_event, contents) => restrict(contents, page));
}

function restrict(contents: WebContents, page: Page): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', (event, address) => {
    // Reloading is a navigation to the same page.
    if (!page.owns(address)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** Restricts what the session's pages may load and be allowed. */
export function restrictSession(session: Session, page: Page): void {
  session.setPermissionRequestHandler((_contents, permission, decide, details) => {
    decide(isAllowed(permission, details.requestingUrl, details.isMainFrame, page));
  });
  session.setPermissionCheckHandler((_contents, permission, origin, details) =>
    isAllowed(permission, details.requestingUrl ?? origin, details.isMainFrame, page),
  );
  session.setDevicePermissionHandler(() => false);
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !isLocal(url, page) }));
}

function isAllowed(permission: string, address: string, isMainFrame: boolean, page: Page): boolean {
  return permission === clipboardWriting && isMainFrame && page.owns(address);
}

/** The page's own files; with the developer tools open, theirs too. WebSockets count only while developing. */
function isLocal(address: string, page: Page): boolean {
  if (page.owns(address) || address.startsWith('devtools:')) return true;
  return page.owns(address.replace(/^ws(s?):/, 'http$1:'));
}
