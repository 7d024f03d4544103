/** The orders in which the library is listed: each sorted once, and kept when entries come, change and go. */
import type { Sort, SortKey } from '#shared/domain/library.ts';
import { Bits } from './bits.ts';
import type { EntryColumns } from './entry-columns.ts';

/** Sorting takes long; a person goes back and forth between two or three orders. */
const ordersKept = 4;

interface Order {
  readonly sort: Sort;
  slots: Uint32Array;
  /** Slots whose entry came, changed or went since they were put in order. */
  readonly changed: Set<number>;
}

type Compare = (first: number, second: number) => number;

export class EntryOrders {
  readonly #columns: EntryColumns;
  readonly #orders: Order[] = [];

  constructor(columns: EntryColumns) {
    this.#columns = columns;
  }

  clear(): void {
    this.#orders.length = 0;
  }

  note(slots: readonly number[]): void {
    for (const { changed } of this.#orders) for (const slot of slots) changed.add(slot);
  }

  /** The slots of all entries; unknown values last either way, ties by name and then by age, the youngest first. */
  sorted(sort: Sort): Uint32Array {
    const at = this.#orders.findIndex(
      (order) => order.sort.key === sort.key && order.sort.direction === sort.direction,
    );
    const order = at < 0 ? this.#begin(sort) : this.#orders.splice(at, 1)[0]!;
    this.#orders.unshift(order);
    this.#orders.length = Math.min(this.#orders.length, ordersKept);
    this.#settle(order);
    return order.slots;
  }

  #begin(sort: Sort): Order {
    const slots = new Uint32Array(this.#columns.count);
    let at = 0;
    this.#columns.live.forEach((slot) => (slots[at++] = slot));
    return { sort, slots: slots.sort(comparing(this.#columns, sort)), changed: new Set() };
  }

  /** Puts what came where it belongs: one way through both, which are in order each. */
  #settle(order: Order): void {
    const { changed, slots, sort } = order;
    if (changed.size === 0) return;
    const columns = this.#columns;
    const compare = comparing(columns, sort);
    const coming = Uint32Array.from([...changed].filter((slot) => columns.live.has(slot))).sort(compare);
    const moved = new Bits(columns.ids.length);
    for (const slot of changed) moved.add(slot);
    const merged = new Uint32Array(columns.count);
    let [at, next] = [0, 0];
    for (const slot of slots) {
      if (moved.has(slot)) continue;
      while (next < coming.length && compare(coming[next]!, slot) < 0) merged[at++] = coming[next++]!;
      merged[at++] = slot;
    }
    merged.set(coming.subarray(next), at);
    order.slots = merged;
    changed.clear();
  }
}

function comparing(columns: EntryColumns, { key, direction }: Sort): Compare {
  const { nameKeys, ids } = columns;
  const byName: Compare = (first, second) => {
    const [a, b] = [nameKeys[first]!, nameKeys[second]!];
    return a < b ? -1 : a > b ? 1 : ids[second]! - ids[first]!;
  };
  const sign = direction === 'ascending' ? 1 : -1;
  if (key === 'name') {
    return (first, second) => {
      const [a, b] = [nameKeys[first]!, nameKeys[second]!];
      return a < b ? -sign : a > b ? sign : ids[second]! - ids[first]!;
    };
  }
  if (key === 'format') {
    const { texts } = columns.texts;
    return (first, second) => {
      const a = texts[columns.format[first]!]! + texts[columns.variant[first]!]!;
      const b = texts[columns.format[second]!]! + texts[columns.variant[second]!]!;
      return a < b ? -sign : a > b ? sign : byName(first, second);
    };
  }
  const values = columns[numberColumns[key]];
  return (first, second) => {
    const [a, b] = [values[first]!, values[second]!];
    if (a < b) return -sign;
    if (a > b) return sign;
    if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
    return byName(first, second);
  };
}

const numberColumns = {
  virtualSize: 'virtual',
  onDisk: 'allocated',
  added: 'added',
  modified: 'modified',
  rating: 'rating',
} as const satisfies Record<Exclude<SortKey, 'name' | 'format'>, keyof EntryColumns>;
