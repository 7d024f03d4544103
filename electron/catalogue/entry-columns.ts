/** What is searched, sorted and counted of every entry, kept in memory by columns: a slot for each entry, freed when it goes. */
import { basename, dirname } from 'node:path';
import { folded, wordsOf } from '#shared/query/words.ts';
import { Bits } from './bits.ts';
import type { Catalogue } from './database.ts';
import { Dictionary } from './dictionary.ts';
import { bitColumns, codeColumns, named, numberColumns, type KeptColumns } from './kept-index.ts';
import { nameKey } from './name-key.ts';
import { SlotTable } from './slot-table.ts';

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
  addedMilliseconds: number | null,
  missing: number,
  rating: number | null,
  hasNote: number,
  guest: string | null,
];

const selection = `SELECT id, path, kind, format, variant, virtual_size_bytes, allocated_bytes, modified_milliseconds,
  origin ->> '$.kind', round(1000 * unixepoch(added_at, 'subsec')), missing, rating, note IS NOT NULL, guest FROM images`;
const tagSelection = 'SELECT image_id, tag_id FROM image_tags';

const rowsAtATime = 1000;

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
  /** With all parts; `own` is the file's alone. */
  allocated = new Float64Array(0);
  own = new Float64Array(0);
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
  /** Without case and accents. */
  readonly names: string[] = [];
  /** What names sort by, made when somebody sorts. */
  readonly #nameKeys: (string | undefined)[] = [];
  readonly texts = new Dictionary();
  /** Paths of folders. */
  readonly folders = new Dictionary();
  /** The same, without case and accents. */
  readonly foldedFolders: string[] = [];
  /** The words in those, and each of them once. */
  readonly folderWords: (readonly string[])[] = [];
  readonly folderVocabulary = new Set<string>();
  readonly tagged = new Map<number, Bits>();
  /** What the tags are called: whoever reads the catalogue sets it. */
  tagNames: ReadonlyMap<number, string> = new Map();
  /** Of the entry that was put last: what its path begins with, to the separator. */
  #lastFolder = { code: -1, start: '' };
  readonly #slots = new SlotTable();
  readonly #free: number[] = [];

  get count(): number {
    return this.#slots.size;
  }

  /** Sorts as a person would. */
  nameKeyOf(slot: number): string {
    return (this.#nameKeys[slot] ??= nameKey(this.names[slot]!));
  }

  slotOf(id: number): number | undefined {
    return this.#slots.get(id);
  }

  /** Reads all entries. */
  load(catalogue: Catalogue): void {
    const { count } = catalogue.get<{ count: number }>('SELECT count(*) AS count FROM images')!;
    this.#clear(count);
    for (let after = 0; ;) {
      const rows = catalogue.rows<Row>(`${selection} WHERE id > @after ORDER BY id LIMIT ${rowsAtATime}`, {
        after,
      });
      for (const row of rows) this.#put(row);
      if (rows.length < rowsAtATime) break;
      after = rows[rows.length - 1]![0];
    }
    this.#putTags(catalogue.rows(tagSelection));
  }

  /** All of it, to be kept until the next start. */
  get kept(): KeptColumns {
    const { size } = this;
    const wordsOf = ({ words }: Bits): Uint32Array => words.subarray(0, Math.ceil(size / 32));
    return {
      size,
      numbers: named(numberColumns, (name) => this[name].subarray(0, size)),
      codes: named(codeColumns, (name) => this[name].subarray(0, size)),
      bits: named(bitColumns, (name) => wordsOf(this[name])),
      tagged: new Map([...this.tagged].map(([tag, bits]) => [tag, wordsOf(bits)])),
      names: this.names.slice(0, size),
      texts: this.texts.texts,
      folders: this.folders.texts,
    };
  }

  /** Takes what was kept. @returns false for what is no index: then all entries are to be read. */
  restore({ size, numbers, codes, bits, tagged, names, texts, folders }: KeptColumns): boolean {
    this.#clear(size);
    this.size = size;
    for (const name of numberColumns) this[name].set(numbers[name]);
    for (const name of codeColumns) this[name].set(codes[name]);
    this.allocated.set(this.own);
    for (const name of bitColumns) this[name].words.set(bits[name]);
    for (const [tag, words] of tagged) this.#tagBits(tag).words.set(words);
    for (let slot = 0; slot < size; slot++) {
      this.names[slot] = names[slot]!;
      this.#nameKeys[slot] = undefined;
      if (!this.live.has(slot)) this.#free.push(slot);
      else if (!Number.isSafeInteger(this.ids[slot]) || this.ids[slot]! < 1) return false;
      else this.#slots.set(this.ids[slot]!, slot);
    }
    this.texts.restore(texts);
    this.folders.restore(folders);
    for (const [code, folder] of folders.entries()) this.#foldFolder(code, folder);
    return this.#slots.size + this.#free.length === size;
  }

  /** Reads entries again that are new, other than before, or gone. @returns their slots. */
  take(catalogue: Catalogue, ids: readonly number[]): number[] {
    const slots: number[] = [];
    for (let start = 0; start < ids.length; start += rowsAtATime) {
      const part = ids.slice(start, start + rowsAtATime);
      const there = new Set<number>();
      const asked = { ids: JSON.stringify(part) };
      const among = 'IN (SELECT value FROM json_each(@ids))';
      for (const row of catalogue.rows<Row>(`${selection} WHERE id ${among}`, asked)) {
        there.add(row[0]);
        const slot = this.#put(row);
        for (const bits of this.tagged.values()) bits.delete(slot);
        slots.push(slot);
      }
      this.#putTags(catalogue.rows(`${tagSelection} WHERE image_id ${among}`, asked));
      for (const id of part) {
        const slot = there.has(id) ? undefined : this.#drop(id);
        if (slot !== undefined) slots.push(slot);
      }
    }
    return slots;
  }

  /** The slots of entries whose name holds a folded text. */
  named(text: string): Bits {
    const found = new Bits(this.#capacity);
    const { names, size } = this;
    for (let slot = 0; slot < size; slot++) if (names[slot]!.includes(text)) found.add(slot);
    return found.and(this.live);
  }

  /** What entries call the systems on them. */
  guests(): string[] {
    const codes = new Set<number>();
    this.live.forEach((slot) => codes.add(this.guest[slot]!));
    return [...codes].map((code) => this.texts.texts[code]!);
  }

  get #capacity(): number {
    return this.ids.length;
  }

  #put(row: Row): number {
    const [id, path, kind, format, variant, virtual, allocated, modified, origin, added] = row;
    const [, , , , , , , , , , missing, rating, hasNote, guest] = row;
    const slot = this.#slots.get(id) ?? this.#take(id);
    const name = basename(path);
    this.names[slot] = folded(name);
    this.#nameKeys[slot] = undefined;
    this.folder[slot] = this.#folderCode(path, name.length);
    this.kind[slot] = this.texts.codeOf(kind);
    this.format[slot] = this.texts.codeOf(format);
    this.variant[slot] = this.texts.codeOf(variant ?? '');
    this.origin[slot] = this.texts.codeOf(origin ?? 'found');
    this.guest[slot] = this.texts.codeOf(guest ?? '');
    this.virtual[slot] = virtual ?? NaN;
    this.own[slot] = missing === 0 ? allocated : NaN;
    this.allocated[slot] = this.own[slot]!;
    this.added[slot] = added ?? NaN;
    this.modified[slot] = modified ?? NaN;
    this.rating[slot] = rating ?? NaN;
    set(this.missing, slot, missing !== 0);
    set(this.noted, slot, hasNote !== 0);
    return slot;
  }

  #folderCode(path: string, nameLength: number): number {
    const { code, start } = this.#lastFolder;
    // Entries come folder by folder: to see that it is the same one is quicker than to look it up.
    if (start.length === path.length - nameLength && path.startsWith(start)) return code;
    const folder = dirname(path);
    const found = this.folders.codeOf(folder);
    if (this.foldedFolders[found] === undefined) this.#foldFolder(found, folder);
    this.#lastFolder = { code: found, start: path.slice(0, path.length - nameLength) };
    return found;
  }

  #foldFolder(code: number, folder: string): void {
    const text = folded(folder);
    const words = wordsOf(text);
    this.foldedFolders[code] = text;
    this.folderWords[code] = words;
    for (const word of words) this.folderVocabulary.add(word);
  }

  #putTags(rows: readonly (readonly [id: number, tag: number])[]): void {
    for (const [id, tag] of rows) {
      const slot = this.#slots.get(id);
      if (slot !== undefined) this.#tagBits(tag).add(slot);
    }
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

  /** Forgets all entries. */
  #clear(capacity: number): void {
    this.#slots.clear();
    this.#free.length = 0;
    this.tagged.clear();
    this.#lastFolder = { code: -1, start: '' };
    this.size = 0;
    this.#grow(capacity);
    for (const name of bitColumns) this[name] = new Bits(capacity);
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
    this.allocated = numbers(this.allocated);
    for (const name of numberColumns) this[name] = numbers(this[name]);
    for (const name of codeColumns) this[name] = codes(this[name]);
    for (const name of bitColumns) this[name] = this[name].copy(capacity);
    for (const [tag, bits] of this.tagged) this.tagged.set(tag, bits.copy(capacity));
  }
}

function set(bits: Bits, slot: number, value: boolean): void {
  if (value) bits.add(slot);
  else bits.delete(slot);
}
