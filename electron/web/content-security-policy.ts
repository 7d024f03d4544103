/** What the window's page may load and reach: the same in Electron and in a browser. */

/** Nothing but the app's own files; no inline script or style, no frames, no forms. */
const directives: readonly (readonly [name: string, ...sources: string[]])[] = [
  ['default-src', "'none'"],
  ['script-src', "'self'"],
  ['style-src', "'self'"],
  ['img-src', "'self'", 'data:'],
  ['font-src', "'self'"],
  ['connect-src', "'self'"],
  ['base-uri', "'none'"],
  ['form-action', "'none'"],
  ['frame-ancestors', "'none'"],
];

export const contentSecurityPolicy = policyOf([]);

/**
 * The policy for a page served at `authority` (host and port). Not every browser takes 'self' to mean the WebSocket of
 * the same origin too, so that is named.
 */
export function contentSecurityPolicyAt(authority: string): string {
  return policyOf([`ws://${authority}`]);
}

function policyOf(connections: readonly string[]): string {
  return directives
    .map(([name, ...sources]) => [name, ...sources, ...(name === 'connect-src' ? connections : [])].join(' '))
    .join('; ');
}
