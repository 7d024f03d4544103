/** The packages that are open, kept for the life of the window, over a reload too. */

const key = 'platter-open-packages';
/** Nobody keeps more of them open, and a reload looks into each. */
const mostKept = 32;

/** The paths in what was kept; none of what is not a list of paths. */
export function parseOpenPackages(kept: string | null): readonly string[] {
  try {
    const value: unknown = JSON.parse(kept ?? '[]');
    if (!Array.isArray(value)) return [];
    return value.filter((path): path is string => typeof path === 'string').slice(0, mostKept);
  } catch {
    return [];
  }
}

export function keptPackages(): readonly string[] {
  return parseOpenPackages(sessionStorage.getItem(key));
}

export function keepPackages(paths: readonly string[]): void {
  sessionStorage.setItem(key, JSON.stringify(paths.slice(0, mostKept)));
}
