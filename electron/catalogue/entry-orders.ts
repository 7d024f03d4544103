/** The orders in which the library is listed: each sorted once, and kept when entries come, change and go. */
import type { Sort, SortKey } from '#shared/domain/library.ts';
import { folded } from '#shared/query/words.ts';
import { Bits } from './bits.ts';
import type { EntryColumns } from './entry-columns.ts';
import { nameKey } from './name-key.ts';

/** Sorting takes long; a person goes back and forth between two or three orders. */
const ordersKept = 4;

interface Order {
  readonly sort: Sort;
  slots: Uint32Array;
  /** Whether those of the same value are in order already. */
  readonly straight: boolean;
  /** Slots whose entry came, changed or went since they were put in order. */
  readonly changed: Set<number>;
}

/** Where so many entries have the same value each, they are taken in the order of their names. */
const largeGroup = 1000;

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

  /**
   * Puts what is looked at of an answer in order by name, and then by age, the youngest first: those with the same value that
   * the slots from `start` to `end` (not in it) reach into. `slots` is a part of what `sorted` gives, in its order.
   */
  straighten(sort: Sort, slots: Uint32Array, start: number, end: number): void {
    if (sort.key === 'name' || this.#find(sort)?.straight === true) return;
    if (start >= Math.min(end, slots.length)) return;
    const valueOf = valuesOf(this.#columns, sort.key);
    const isSame = (first: number, second: number): boolean =>
      Object.is(valueOf(slots[first]!), valueOf(slots[second]!));
    let [from, to] = [start, Math.min(end, slots.length)];
    while (from > 0 && isSame(from - 1, from)) from -= 1;
    while (to < slots.length && isSame(to - 1, to)) to += 1;
    const compare = comparing(this.#columns, sort);
    const part = slots.subarray(from, to);
    // It was looked at before, or taken from the order of names.
    if (part.some((slot, at) => at > 0 && compare(part[at - 1]!, slot) > 0)) part.sort(compare);
  }

  /** The slots of all entries; unknown values last either way. What has the same value is in order once it is straightened. */
  sorted(sort: Sort): Uint32Array {
    const known = this.#find(sort);
    if (known !== undefined) this.#orders.splice(this.#orders.indexOf(known), 1);
    const order = known ?? this.#begin(sort);
    this.#orders.unshift(order);
    this.#orders.length = Math.min(this.#orders.length, ordersKept);
    this.#settle(order);
    return order.slots;
  }

  #find({ key, direction }: Sort): Order | undefined {
    return this.#orders.find(({ sort }) => sort.key === key && sort.direction === direction);
  }

  #begin(sort: Sort): Order {
    if (sort.key === 'name') {
      return {
        sort,
        slots: this.#all().sort(comparing(this.#columns, sort)),
        straight: true,
        changed: new Set(),
      };
    }
    return { sort, ...this.#byValue(sort, sort.key), changed: new Set() };
  }

  #all(): Uint32Array<ArrayBuffer> {
    const slots = new Uint32Array(this.#columns.count);
    let at = 0;
    this.#columns.live.forEach((slot) => (slots[at++] = slot));
    return slots;
  }

  /** By counting: those with the same value are left to `straighten`, or taken in the order of names where they are many. */
  #byValue(sort: Sort, key: Exclude<SortKey, 'name'>): Pick<Order, 'slots' | 'straight'> {
    const valueOf = valuesOf(this.#columns, key);
    const values = distinct(this.#columns, valueOf);
    const last = values.length;
    /** Of the group of a slot; the unknown ones are the last either way. */
    const groupOf = (slot: number): number => {
      const value = valueOf(slot);
      if (Number.isNaN(value)) return last;
      const at = placeIn(values, value);
      return sort.direction === 'ascending' ? at : last - 1 - at;
    };
    const isCoarse = values.length * largeGroup < this.#columns.count;
    const from = isCoarse ? this.sorted({ key: 'name', direction: 'ascending' }) : this.#all();
    const groups = from.map(groupOf);
    const starts = new Uint32Array(last + 2);
    for (const group of groups) starts[group + 1]! += 1;
    for (let group = 0; group <= last; group++) starts[group + 1]! += starts[group]!;
    const ends = starts.slice(0, last + 1);
    const slots = new Uint32Array(from.length);
    for (let at = 0; at < from.length; at++) slots[ends[groups[at]!]!++] = from[at]!;
    return { slots, straight: isCoarse };
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
  const { ids } = columns;
  const sign = direction === 'ascending' ? 1 : -1;
  if (key === 'name') {
    return (first, second) => {
      const [a, b] = [columns.nameKeyOf(first), columns.nameKeyOf(second)];
      return a < b ? -sign : a > b ? sign : ids[second]! - ids[first]!;
    };
  }
  const valueOf = valuesOf(columns, key);
  return (first, second) => {
    const [a, b] = [valueOf(first), valueOf(second)];
    if (a < b) return -sign;
    if (a > b) return sign;
    if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
    const [nameA, nameB] = [columns.nameKeyOf(first), columns.nameKeyOf(second)];
    return nameA < nameB ? -1 : nameA > nameB ? 1 : ids[second]! - ids[first]!;
  };
}

/** What entries are compared by, as a number for each slot; NaN where it is unknown. Texts are few: they are ranked first. */
function valuesOf(columns: EntryColumns, key: Exclude<SortKey, 'name'>): (slot: number) => number {
  switch (key) {
    case 'kind': {
      const ranks = ranksOf(columns.texts.texts);
      return (slot) => ranks[columns.kind[slot]!]!;
    }
    case 'format': {
      const ranks = ranksOf(columns.texts.texts);
      return (slot) => ranks[columns.format[slot]!]! * ranks.length + ranks[columns.variant[slot]!]!;
    }
    case 'folder': {
      const ranks = ranksOf(columns.foldedFolders.map(nameKey));
      return (slot) => ranks[columns.folder[slot]!]!;
    }
    case 'tags': {
      const tags = tagTexts(columns);
      const texts = [...new Set(tags.values())];
      const ranks = ranksOf(texts);
      const rankOf = new Map(texts.map((text, at) => [text, ranks[at]!]));
      return (slot) => rankOf.get(tags.get(slot) ?? '') ?? NaN;
    }
    default: {
      const values = columns[numberColumns[key]];
      return (slot) => values[slot]!;
    }
  }
}

/** The values that entries have, each once, the smallest first. */
function distinct({ live, count }: EntryColumns, valueOf: (slot: number) => number): Float64Array {
  const all = new Float64Array(count);
  let known = 0;
  live.forEach((slot) => {
    const value = valueOf(slot);
    if (!Number.isNaN(value)) all[known++] = value;
  });
  const values = all.subarray(0, known).sort();
  let kept = 0;
  for (const value of values) if (kept === 0 || values[kept - 1] !== value) values[kept++] = value;
  return values.subarray(0, kept);
}

/** Where a value stands among those. */
function placeIn(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place of each text among all of them, in order. */
function ranksOf(texts: readonly string[]): Float64Array {
  const order = texts.map((_, at) => at).sort((a, b) => (texts[a]! < texts[b]! ? -1 : 1));
  const ranks = new Float64Array(texts.length);
  for (const [rank, at] of order.entries()) ranks[at] = rank;
  return ranks;
}

/** The names of the tags of each slot that has any, from A, as one text. */
function tagTexts({ tagged, tagNames }: EntryColumns): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  const byName = [...tagged]
    .flatMap(([id, slots]) => ({ name: nameKey(folded(tagNames.get(id) ?? '')), slots }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, slots } of byName) {
    slots.forEach((slot) => {
      const before = texts.get(slot);
      texts.set(slot, before === undefined ? name : `${before}\n${name}`);
    });
  }
  return texts;
}

const numberColumns = {
  virtualSize: 'virtual',
  onDisk: 'allocated',
  added: 'added',
  modified: 'modified',
  rating: 'rating',
} as const satisfies Record<
  Exclude<SortKey, 'name' | 'format' | 'kind' | 'folder' | 'tags'>,
  keyof EntryColumns
>;
