/** Which library entries are listed and in what order: pure functions of the entries and what the user asked for. */
import type { LibraryEntry } from '#shared/domain/library.ts';

export type SortKey = 'name' | 'format' | 'virtualSize' | 'onDisk' | 'added';

export interface Sort {
  readonly key: SortKey;
  readonly direction: 'ascending' | 'descending';
}

/** `other` is everything that is neither a disk nor a package. */
export type KindFilter = 'all' | 'disk' | 'package' | 'other' | 'missing';

const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

type Value = string | number | null;

const values: { readonly [Key in SortKey]: (entry: LibraryEntry) => Value } = {
  name: (entry) => entry.name,
  format: (entry) => `${entry.format} ${entry.variant ?? ''}`,
  virtualSize: (entry) => entry.virtualSizeBytes,
  onDisk: (entry) => entry.allocatedBytes,
  added: (entry) => Date.parse(entry.addedAt),
};

/** The direction a column starts with: names from A, sizes from the largest, dates from the newest. */
export function firstDirection(key: SortKey): Sort['direction'] {
  return key === 'name' || key === 'format' ? 'ascending' : 'descending';
}

/** The sort after a click on a column: the other way round, or this column. */
export function nextSort(current: Sort, key: SortKey): Sort {
  if (current.key !== key) return { key, direction: firstDirection(key) };
  return { key, direction: current.direction === 'ascending' ? 'descending' : 'ascending' };
}

/** Sorted entries; unknown values last either way, ties by name and then by age. */
export function sortEntries(entries: readonly LibraryEntry[], sort: Sort): LibraryEntry[] {
  const valueOf = values[sort.key];
  const sign = sort.direction === 'ascending' ? 1 : -1;
  return [...entries].sort((first, second) => {
    const [a, b] = [valueOf(first), valueOf(second)];
    if (a === null || b === null)
      return a === b ? byName.compare(first.name, second.name) : a === null ? 1 : -1;
    const order = typeof a === 'string' ? byName.compare(a, String(b)) : a - Number(b);
    return sign * order || byName.compare(first.name, second.name) || second.id - first.id;
  });
}

/** Letters without case and accents. */
function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The entries of a kind whose name holds every word of `query`. */
export function filterEntries(
  entries: readonly LibraryEntry[],
  query: string,
  kind: KindFilter,
): readonly LibraryEntry[] {
  const wanted = folded(query)
    .split(/\s+/)
    .filter((word) => word !== '');
  return entries.filter((entry) => {
    if (!isOfKind(entry, kind)) return false;
    const name = folded(entry.name);
    return wanted.every((word) => name.includes(word));
  });
}

export function isOfKind(entry: LibraryEntry, kind: KindFilter): boolean {
  if (kind === 'all') return true;
  if (kind === 'missing') return entry.missing;
  if (kind === 'other') return entry.kind !== 'disk' && entry.kind !== 'package';
  return entry.kind === kind;
}
