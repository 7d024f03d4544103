/** What the window shows, as a value and as the address that keeps it over a reload. */

export type Route =
  | { readonly view: 'library' }
  | { readonly view: 'jobs' }
  | { readonly view: 'settings' }
  | { readonly view: 'image'; readonly path: string }
  | { readonly view: 'package'; readonly path: string };

/** The fragment of the address for a route: `#/package/%2Fhome%2Fme%2Fa.ova`. */
export function formatRoute(route: Route): string {
  return 'path' in route ? `#/${route.view}/${encodeURIComponent(route.path)}` : `#/${route.view}`;
}

/** The route that a fragment names; the library for anything else. */
export function parseRoute(fragment: string): Route {
  const [, view, encoded] = /^#\/([a-z]+)(?:\/(.+))?$/.exec(fragment) ?? [];
  if (view === 'jobs' || view === 'settings') return { view };
  if ((view === 'image' || view === 'package') && encoded !== undefined) {
    const path = decodePath(encoded);
    if (path !== null) return { view, path };
  }
  return { view: 'library' };
}

function decodePath(encoded: string): string | null {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

export function sameRoute(first: Route, second: Route): boolean {
  return formatRoute(first) === formatRoute(second);
}
