/** What the window shows, as a value and as the address that keeps it over a reload. */

export type Route =
  | { readonly view: 'library' }
  | { readonly view: 'jobs' }
  /** Disks that are in the library more than once. */
  | { readonly view: 'duplicates' }
  | { readonly view: 'settings' }
  /** Accounts, and the images in their clouds. */
  | { readonly view: 'clouds' }
  | { readonly view: 'image'; readonly path: string }
  | { readonly view: 'package'; readonly path: string }
  /** What clouds say of one or several images. */
  | { readonly view: 'preflight'; readonly paths: readonly string[] }
  /** Making one of them ready for a cloud, with these fixes; all of them when null. */
  | {
      readonly view: 'prepare';
      readonly path: string;
      readonly cloud: string;
      readonly fixes: readonly string[] | null;
    };

/** The fragment of the address for a route: `#/package/%2Fhome%2Fme%2Fa.ova`. */
export function formatRoute(route: Route): string {
  if (route.view === 'prepare') {
    const { path, cloud, fixes } = route;
    return `#/prepare/${[path, cloud, ...(fixes ?? [])].map(encodeURIComponent).join(',')}`;
  }
  if ('paths' in route) return `#/${route.view}/${route.paths.map(encodeURIComponent).join(',')}`;
  return 'path' in route ? `#/${route.view}/${encodeURIComponent(route.path)}` : `#/${route.view}`;
}

/** The route that a fragment names; the library for anything else. */
export function parseRoute(fragment: string): Route {
  const [, view, encoded] = /^#\/([a-z]+)(?:\/(.+))?$/.exec(fragment) ?? [];
  if (view === 'jobs' || view === 'settings' || view === 'clouds' || view === 'duplicates') return { view };
  if ((view === 'image' || view === 'package') && encoded !== undefined) {
    const path = decodePath(encoded);
    if (path !== null) return { view, path };
  }
  if (view === 'preflight' && encoded !== undefined) {
    const paths = encoded.split(',').map(decodePath);
    if (paths.every((path) => path !== null && path !== '')) return { view, paths: paths as string[] };
  }
  if (view === 'prepare' && encoded !== undefined) {
    const parts = encoded.split(',').map(decodePath);
    const [path, cloud, ...fixes] = parts as string[];
    if (parts.every((part) => part !== null && part !== '') && cloud !== undefined) {
      return { view, path: path!, cloud, fixes: fixes.length === 0 ? null : fixes };
    }
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
