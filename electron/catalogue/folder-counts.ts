/** How many entries lie in each folder, or in one below it. */
import { dirname } from 'node:path';
import type { FacetValue } from '#shared/domain/library.ts';
import type { Bits } from './bits.ts';
import type { EntryColumns } from './entry-columns.ts';

/** A person chooses among as many; what lies deeper is found by its name. */
const mostFolders = 60;

/** The folders that hold some of these entries themselves, those with the most first. */
export function foldersOf({ folder, folders }: EntryColumns, entries: Bits): FacetValue[] {
  const own = new Map<string, number>();
  entries.forEach((slot) => {
    const path = folders.texts[folder[slot]!]!;
    own.set(path, (own.get(path) ?? 0) + 1);
  });
  const all = new Map<string, number>();
  for (const [path, count] of own) {
    for (let above = path, before = ''; above !== before; [before, above] = [above, dirname(above)]) {
      if (own.has(above)) all.set(above, (all.get(above) ?? 0) + count);
    }
  }
  return [...all]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, mostFolders);
}
