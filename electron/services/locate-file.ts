/** Finds a file of which only name, size and time are known, as a browser tells them of a dropped file. */
import { opendir, stat } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { basename, join } from 'node:path';
import { isHidden } from './folder-listing.ts';

export interface KnownFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

export interface SearchLimits {
  /** Folders below a starting folder. */
  readonly depth: number;
  /** Names looked at. */
  readonly entries: number;
  readonly milliseconds: number;
}

const usualLimits: SearchLimits = { depth: 2, entries: 20_000, milliseconds: 2000 };
/** FAT keeps times to two seconds. */
const toleranceMilliseconds = 2000;

/** The path of the first such file in or below the folders, the folders themselves before what is below them. */
export async function locateFile(
  file: KnownFile,
  folders: readonly string[],
  limits: SearchLimits = usualLimits,
  now: () => number = () => performance.now(),
): Promise<string | null> {
  if (basename(file.name) !== file.name || file.name === '.' || file.name === '..') return null;
  const deadline = now() + limits.milliseconds;
  let entriesLeft = limits.entries;
  const seen = new Set<string>();
  let level = [...folders];
  for (let depth = 0; depth <= limits.depth; depth++) {
    const below: string[] = [];
    for (const folder of level) {
      if (now() > deadline) return null;
      if (seen.has(folder)) continue;
      seen.add(folder);
      const path = join(folder, file.name);
      if (await isThatFile(path, file)) return path;
      if (depth === limits.depth) continue;
      const subfolders = await listSubfolders(folder, entriesLeft);
      entriesLeft -= subfolders.looked;
      below.push(...subfolders.paths);
      if (entriesLeft <= 0) break;
    }
    level = below;
  }
  return null;
}

async function isThatFile(path: string, file: KnownFile): Promise<boolean> {
  return stat(path).then(
    (status) =>
      status.isFile() &&
      status.size === file.sizeBytes &&
      Math.abs(status.mtimeMs - file.modifiedAt) < toleranceMilliseconds,
    () => false,
  );
}

/** The folders in `folder`, without hidden ones and links, looking at no more than `limit` names. */
async function listSubfolders(folder: string, limit: number): Promise<{ paths: string[]; looked: number }> {
  const paths: string[] = [];
  let looked = 0;
  try {
    for await (const entry of await opendir(folder)) {
      looked++;
      if (entry.isDirectory() && !isHidden(entry.name)) paths.push(join(folder, entry.name));
      if (looked >= limit) break;
    }
  } catch {
    // A folder that cannot be read does not hold a file that could be read.
  }
  return { paths, looked };
}
