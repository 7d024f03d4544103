/** The orders in which the library is listed: each sorted once, and kept when entries come, change and go. */
import type { Sort, SortKey } from '#shared/domain/library.ts';
import type { IndexedEntry } from './indexed-entry.ts';

type Value = string | number | null;

const values: { readonly [Key in SortKey]: (entry: IndexedEntry) => Value } = {
  name: (entry) => entry.nameKey,
  format: (entry) => entry.format + entry.variant,
  virtualSize: (entry) => entry.virtualSizeBytes,
  onDisk: (entry) => (entry.missing ? null : entry.allocatedBytes),
  added: (entry) => entry.addedMilliseconds,
};

/** Sorting takes long; a person goes back and forth between two or three orders. */
const ordersKept = 4;

interface Order {
  readonly sort: Sort;
  entries: IndexedEntry[];
  /** What came, and what went, since the entries were put in order. */
  readonly added: Set<IndexedEntry>;
  readonly removed: Set<IndexedEntry>;
}

export class EntryOrders {
  readonly #all: () => Iterable<IndexedEntry>;
  readonly #orders: Order[] = [];

  constructor(all: () => Iterable<IndexedEntry>) {
    this.#all = all;
  }

  clear(): void {
    this.#orders.length = 0;
  }

  /** An entry is another one now: null where it is new, or gone. */
  note(before: IndexedEntry | null, now: IndexedEntry | null): void {
    for (const { added, removed } of this.#orders) {
      if (before !== null && !added.delete(before)) removed.add(before);
      if (now !== null) added.add(now);
    }
  }

  /** All entries; unknown values last either way, ties by name and then by age, the youngest first. */
  sorted(sort: Sort): readonly IndexedEntry[] {
    const at = this.#orders.findIndex(
      (order) => order.sort.key === sort.key && order.sort.direction === sort.direction,
    );
    const order = at < 0 ? this.#begin(sort) : this.#orders.splice(at, 1)[0]!;
    this.#orders.unshift(order);
    this.#orders.length = Math.min(this.#orders.length, ordersKept);
    settle(order);
    return order.entries;
  }

  #begin(sort: Sort): Order {
    return { sort, entries: [...this.#all()].sort(comparing(sort)), added: new Set(), removed: new Set() };
  }
}

/** Puts what came where it belongs: one way through both, which are in order each. */
function settle(order: Order): void {
  const { added, removed, entries, sort } = order;
  if (added.size === 0 && removed.size === 0) return;
  const compare = comparing(sort);
  const coming = [...added].sort(compare);
  const merged: IndexedEntry[] = [];
  let next = 0;
  for (const entry of entries) {
    if (removed.has(entry)) continue;
    while (next < coming.length && compare(coming[next]!, entry) < 0) merged.push(coming[next++]!);
    merged.push(entry);
  }
  while (next < coming.length) merged.push(coming[next++]!);
  order.entries = merged;
  added.clear();
  removed.clear();
}

function comparing({ key, direction }: Sort): (first: IndexedEntry, second: IndexedEntry) => number {
  const valueOf = values[key];
  const sign = direction === 'ascending' ? 1 : -1;
  return (first, second) => {
    const [a, b] = [valueOf(first), valueOf(second)];
    if (a === null || b === null) return a === b ? byName(first, second) : a === null ? 1 : -1;
    return a < b ? -sign : a > b ? sign : byName(first, second);
  };
}

function byName(first: IndexedEntry, second: IndexedEntry): number {
  if (first.nameKey !== second.nameKey) return first.nameKey < second.nameKey ? -1 : 1;
  return second.id - first.id;
}
