/** What lies below a folder, as a range of paths that an index can answer. */
import { sep } from 'node:path';

export interface PathRange {
  readonly from: string;
  /** Not in it any more. */
  readonly to: string;
}

/** The range of all paths below `folder`: `path >= @from AND path < @to`. Separators sort as one character. */
export function pathsBelow(folder: string): PathRange & { readonly [name: string]: string } {
  const base = folder.endsWith(sep) ? folder.slice(0, -1) : folder;
  return { from: `${base}${sep}`, to: `${base}${String.fromCharCode(sep.charCodeAt(0) + 1)}` };
}

/** Whether `path` lies below `folder`, at any depth. */
export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(pathsBelow(folder).from);
}
