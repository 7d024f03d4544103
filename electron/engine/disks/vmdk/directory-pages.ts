/** A grain directory and its redundant copy, read page by page: that of a large disk is long, and mostly not asked for. */
import type { ByteSource } from '../../bytes/source.ts';
import { TableCache } from './table-cache.ts';

const entryBytes = 4;
const pageEntries = 4096;
const cachedPages = 16;

interface Page {
  readonly primary: Uint32Array;
  readonly redundant: Uint32Array | null;
}

/** The sectors of grain tables, by the number of the table; 0 where there is none. */
export class DirectoryPages {
  readonly tableCount: number;
  readonly #source: ByteSource;
  readonly #offset: number;
  readonly #redundantOffset: number | null;
  readonly #pages = new TableCache<Page>(cachedPages);

  /** Both directories, at their file offsets, must lie within `source`. */
  constructor(source: ByteSource, tableCount: number, offset: number, redundantOffset: number | null) {
    this.tableCount = tableCount;
    this.#source = source;
    this.#offset = offset;
    this.#redundantOffset = redundantOffset;
  }

  /** The sector of that table as the first directory has it. */
  entry(index: number): number {
    return this.#page(Math.floor(index / pageEntries)).primary[index % pageEntries]!;
  }

  /** As the second one has it; null where there is none. */
  redundantEntry(index: number): number | null {
    const { redundant } = this.#page(Math.floor(index / pageEntries));
    return redundant === null ? null : redundant[index % pageEntries]!;
  }

  /** Where the entry is in the file. */
  fileOffsetOf(index: number): number {
    return this.#offset + index * entryBytes;
  }

  /** The first table from `index` on that either directory has; `end` when there is none before it. */
  nextTable(index: number, end: number): number {
    for (let at = index; at < end; at++) {
      const { primary, redundant } = this.#page(Math.floor(at / pageEntries));
      const entry = at % pageEntries;
      if (primary[entry] !== 0 || (redundant !== null && redundant[entry] !== 0)) return at;
    }
    return end;
  }

  #page(number: number): Page {
    const cached = this.#pages.get(number);
    if (cached !== undefined) return cached;
    const page: Page = {
      primary: this.#read(number, this.#offset),
      redundant: this.#redundantOffset === null ? null : this.#read(number, this.#redundantOffset),
    };
    this.#pages.set(number, page);
    return page;
  }

  #read(number: number, directoryOffset: number): Uint32Array {
    const count = Math.min(pageEntries, this.tableCount - number * pageEntries);
    const bytes = new Uint8Array(count * entryBytes);
    this.#source.read(directoryOffset + number * pageEntries * entryBytes, bytes);
    const view = new DataView(bytes.buffer);
    return Uint32Array.from({ length: count }, (_, entry) => view.getUint32(entry * entryBytes, true));
  }
}
