/** What is searched, sorted and counted of every entry, kept in memory by columns: a slot for each entry, freed when it goes. */
import { basename, dirname } from 'node:path';
import { folded } from '#shared/query/words.ts';
import { Bits } from './bits.ts';
import type { Catalogue } from './database.ts';
import { nameKey } from './name-key.ts';

/** Numbers for texts that many entries share. */
export class Dictionary {
  readonly texts: string[] = [];
  readonly #codes = new Map<string, number>();

  codeOf(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    this.#codes.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

type Row = [
  id: number,
  path: string,
  kind: string,
  format: string,
  variant: string | null,
  virtualSizeBytes: number | null,
  allocatedBytes: number,
  modifiedMilliseconds: number | null,
  origin: string | null,
  addedAt: string,
  missing: number,
  rating: number | null,
  hasNote: number,
  guest: string | null,
  fingerprint: string | null,
  tags: string | null,
];

const selection = `SELECT id, path, kind, format, variant, virtual_size_bytes, allocated_bytes, modified_milliseconds,
  origin ->> '$.kind', added_at, missing, rating, note IS NOT NULL, guest, fingerprint,
  (SELECT json_group_array(tag_id) FROM image_tags WHERE image_id = id HAVING count(*) > 0)
  FROM images`;

const rowsAtATime = 5000;
/** What a double holds exactly of a fingerprint: 13 hexadecimal digits, twice. */
const fingerprintDigits = 13;

/** The columns that hold one of few texts. */
export type CodedColumn = 'kind' | 'format' | 'origin' | 'guest';
/** The columns that hold numbers: bytes, and milliseconds since 1970; NaN where unknown. */
export type NumberColumn = 'allocated' | 'virtual' | 'added' | 'modified' | 'rating';

export class EntryColumns {
  /** Slots that were ever used: what is not `live` among them is free. */
  size = 0;
  live = new Bits(0);
  missing = new Bits(0);
  noted = new Bits(0);
  ids = new Float64Array(0);
  allocated = new Float64Array(0);
  virtual = new Float64Array(0);
  added = new Float64Array(0);
  modified = new Float64Array(0);
  rating = new Float64Array(0);
  kind = new Uint32Array(0);
  format = new Uint32Array(0);
  variant = new Uint32Array(0);
  origin = new Uint32Array(0);
  guest = new Uint32Array(0);
  folder = new Uint32Array(0);
  readonly #prints = [new Float64Array(0), new Float64Array(0)];
  /** Without case and accents. */
  readonly names: string[] = [];
  /** Sorts as a person would. */
  readonly nameKeys: string[] = [];
  readonly texts = new Dictionary();
  /** Folded paths of folders. */
  readonly folders = new Dictionary();
  readonly tagged = new Map<number, Bits>();
  readonly #slots = new Map<number, number>();
  readonly #free: number[] = [];
  #duplicates: Bits | null = null;

  get count(): number {
    return this.#slots.size;
  }

  slotOf(id: number): number | undefined {
    return this.#slots.get(id);
  }

  /** Reads all entries. */
  load(catalogue: Catalogue): void {
    this.#slots.clear();
    this.#free.length = 0;
    this.tagged.clear();
    this.size = 0;
    const { count } = catalogue.get<{ count: number }>('SELECT count(*) AS count FROM images')!;
    this.#grow(count);
    this.live = new Bits(this.#capacity);
    this.missing = new Bits(this.#capacity);
    this.noted = new Bits(this.#capacity);
    for (let after = 0; ;) {
      const rows = catalogue.rows<Row>(`${selection} WHERE id > @after ORDER BY id LIMIT ${rowsAtATime}`, {
        after,
      });
      for (const row of rows) this.#put(row);
      if (rows.length < rowsAtATime) break;
      after = rows[rows.length - 1]![0];
    }
    this.#duplicates = null;
  }

  /** Reads entries again that are new, other than before, or gone. @returns their slots. */
  take(catalogue: Catalogue, ids: readonly number[]): number[] {
    const slots: number[] = [];
    for (let start = 0; start < ids.length; start += rowsAtATime) {
      const part = ids.slice(start, start + rowsAtATime);
      const there = new Set<number>();
      const rows = catalogue.rows<Row>(`${selection} WHERE id IN (SELECT value FROM json_each(@ids))`, {
        ids: JSON.stringify(part),
      });
      for (const row of rows) {
        there.add(row[0]);
        slots.push(this.#put(row));
      }
      for (const id of part) {
        const slot = there.has(id) ? undefined : this.#drop(id);
        if (slot !== undefined) slots.push(slot);
      }
    }
    this.#duplicates = null;
    return slots;
  }

  /** Entries whose files are there and have the same content, as far as samples tell. */
  get duplicates(): Bits {
    this.#duplicates ??= this.#findDuplicates();
    return this.#duplicates;
  }

  get #capacity(): number {
    return this.ids.length;
  }

  #put(row: Row): number {
    const [id, path, kind, format, variant, virtual, allocated, modified, origin, addedAt] = row;
    const [, , , , , , , , , , missing, rating, hasNote, guest, fingerprint, tags] = row;
    const slot = this.#slots.get(id) ?? this.#take(id);
    const name = folded(basename(path));
    this.names[slot] = name;
    this.nameKeys[slot] = nameKey(name);
    this.folder[slot] = this.folders.codeOf(folded(dirname(path)));
    this.kind[slot] = this.texts.codeOf(kind);
    this.format[slot] = this.texts.codeOf(format);
    this.variant[slot] = this.texts.codeOf(variant ?? '');
    this.origin[slot] = this.texts.codeOf(origin ?? 'found');
    this.guest[slot] = this.texts.codeOf(guest ?? '');
    this.virtual[slot] = virtual ?? NaN;
    this.allocated[slot] = missing === 0 ? allocated : NaN;
    this.added[slot] = Date.parse(addedAt);
    this.modified[slot] = modified ?? NaN;
    this.rating[slot] = rating ?? NaN;
    for (const [half, prints] of this.#prints.entries()) {
      const digits = fingerprint?.slice(half * fingerprintDigits, (half + 1) * fingerprintDigits);
      prints[slot] = digits === undefined ? NaN : parseInt(digits, 16);
    }
    set(this.missing, slot, missing !== 0);
    set(this.noted, slot, hasNote !== 0);
    const own = tags === null ? [] : (JSON.parse(tags) as number[]);
    for (const [tag, bits] of this.tagged) if (!own.includes(tag)) bits.delete(slot);
    for (const tag of own) this.#tagBits(tag).add(slot);
    return slot;
  }

  #tagBits(tag: number): Bits {
    const known = this.tagged.get(tag);
    if (known !== undefined) return known;
    const bits = new Bits(this.#capacity);
    this.tagged.set(tag, bits);
    return bits;
  }

  #take(id: number): number {
    const slot = this.#free.pop() ?? this.size++;
    if (slot >= this.#capacity) this.#grow(Math.max(1024, this.#capacity * 2));
    this.#slots.set(id, slot);
    this.ids[slot] = id;
    this.live.add(slot);
    return slot;
  }

  #drop(id: number): number | undefined {
    const slot = this.#slots.get(id);
    if (slot === undefined) return undefined;
    this.#slots.delete(id);
    this.#free.push(slot);
    this.live.delete(slot);
    for (const bits of this.tagged.values()) bits.delete(slot);
    return slot;
  }

  #grow(capacity: number): void {
    const numbers = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(capacity);
      grown.set(old.subarray(0, capacity));
      return grown;
    };
    const codes = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const grown = new Uint32Array(capacity);
      grown.set(old.subarray(0, capacity));
      return grown;
    };
    this.ids = numbers(this.ids);
    for (const name of ['allocated', 'virtual', 'added', 'modified', 'rating'] as const) {
      this[name] = numbers(this[name]);
    }
    for (const name of ['kind', 'format', 'variant', 'origin', 'guest', 'folder'] as const) {
      this[name] = codes(this[name]);
    }
    for (const [half, prints] of this.#prints.entries()) this.#prints[half] = numbers(prints);
    this.live = this.live.copy(capacity);
    this.missing = this.missing.copy(capacity);
    this.noted = this.noted.copy(capacity);
    for (const [tag, bits] of this.tagged) this.tagged.set(tag, bits.copy(capacity));
  }

  /** Sorted by the first half of the fingerprint, the same ones lie together. */
  #findDuplicates(): Bits {
    const [first, second] = this.#prints as [Float64Array, Float64Array];
    const found = new Bits(this.#capacity);
    const seen = new Float64Array(this.count);
    let known = 0;
    const present = this.live.copy().andNot(this.missing);
    present.forEach((slot) => {
      if (!Number.isNaN(first[slot]!)) seen[known++] = first[slot]!;
    });
    const sorted = seen.subarray(0, known).sort();
    const repeated = new Map<number, Map<number, number[]>>();
    for (let at = 1; at < known; at++)
      if (sorted[at] === sorted[at - 1]) repeated.set(sorted[at]!, new Map());
    if (repeated.size === 0) return found;
    present.forEach((slot) => {
      const alike = repeated.get(first[slot]!);
      if (alike === undefined) return;
      const slots = alike.get(second[slot]!) ?? [];
      alike.set(second[slot]!, slots);
      slots.push(slot);
    });
    for (const alike of repeated.values()) {
      for (const slots of alike.values()) if (slots.length > 1) for (const slot of slots) found.add(slot);
    }
    return found;
  }
}

function set(bits: Bits, slot: number, value: boolean): void {
  if (value) bits.add(slot);
  else bits.delete(slot);
}
