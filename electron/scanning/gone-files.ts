/** Entries whose files are gone without any listing that says so: they are marked as missing. */
import type { LibraryEntry } from '#shared/domain/library.ts';
import { listPresentPaths, markMissing, markMissingBelow } from '../catalogue/sightings.ts';
import type { ScanParts } from './folder-scan.ts';

const stampsAtATime = 1000;
const missingAtATime = 200;

/**
 * Marks all that lie in a folder. In stretches: a drive may have very many, and searches get their answers in between; `signal`
 * ends it after any of them.
 */
export async function markGoneFolder(
  { catalogue, changed }: Pick<ScanParts, 'catalogue' | 'changed'>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  let after: string | null = null;
  while (!signal.aborted) {
    const from: string | null = after;
    const entries: LibraryEntry[] = catalogue.transaction(() =>
      markMissingBelow(catalogue, folder, from, missingAtATime),
    );
    if (entries.length === 0) break;
    after = entries[entries.length - 1]!.path;
    changed(entries.map(({ id }) => id));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Marks those in a folder that lost their files before it was watched. */
export async function markGoneFiles(
  { catalogue, looker, changed }: Pick<ScanParts, 'catalogue' | 'looker' | 'changed'>,
  folder: string,
): Promise<void> {
  const paths = listPresentPaths(catalogue, folder);
  for (let start = 0; start < paths.length; start += stampsAtATime) {
    const asked = paths.slice(start, start + stampsAtATime);
    const stamps = await looker.stampFiles(asked);
    const gone = asked.filter((_, index) => stamps[index] === null);
    const entries = catalogue.transaction(() => gone.flatMap((one) => markMissing(catalogue, one)));
    if (entries.length > 0) changed(entries.map(({ id }) => id));
  }
}
