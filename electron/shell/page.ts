/** The one page that the window shows: its address, and which frames are it. */

export interface Page {
  /** What the window loads. */
  readonly address: string;
  /** Whether an address lies within the page's own origin. */
  owns(address: string): boolean;
}

export const scheme = 'app';
const host = 'platter';

/** The built page, served by this process. */
export const builtPage: Page = pageAt(`${scheme}://${host}/index.html`);

/** The page at an address; origins are compared by scheme, host and port, since Node calls those of own schemes 'null'. */
export function pageAt(address: string): Page {
  const own = new URL(address);
  return {
    address,
    owns(candidate) {
      try {
        const url = new URL(candidate);
        return url.protocol === own.protocol && url.host === own.host;
      } catch {
        return false;
      }
    },
  };
}
