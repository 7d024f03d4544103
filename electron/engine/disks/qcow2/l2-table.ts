/** L2 tables, read when the walk gets there and kept in a small cache of those used last (section Cluster mapping). */
import type { ByteSource } from '../../bytes/source.ts';

const cacheBytes = 4 << 20;
const maximumTables = 1024;
/** A read goes on from one table to the next; two must fit whatever their size. */
const minimumTables = 2;

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Tables by their offset in the file. Each is its 64-bit words as pairs of 32 bits, the upper half first. */
export class L2Tables {
  readonly #file: ByteSource;
  readonly #tableBytes: number;
  readonly #maximum: number;
  readonly #tables = new Map<number, Uint32Array>();
  #lastOffset = -1;
  #last: Uint32Array = new Uint32Array(0);

  /** `tableBytes` is the size of a table: one cluster. */
  constructor(file: ByteSource, tableBytes: number) {
    this.#file = file;
    this.#tableBytes = tableBytes;
    this.#maximum = Math.min(maximumTables, Math.max(minimumTables, Math.floor(cacheBytes / tableBytes)));
  }

  /**
   * The table at `fileOffset`. Its memory is used again: valid until the next call.
   * @throws Failure `image.truncated`, `io.*`.
   */
  get(fileOffset: number): Uint32Array {
    if (fileOffset === this.#lastOffset) return this.#last;
    let table = this.#tables.get(fileOffset);
    if (table === undefined) table = this.#read(fileOffset);
    else this.#tables.delete(fileOffset);
    // A map keeps the order of insertion: the first is the one unused for longest.
    this.#tables.set(fileOffset, table);
    this.#lastOffset = fileOffset;
    this.#last = table;
    return table;
  }

  #read(fileOffset: number): Uint32Array {
    const table = this.#takeMemory();
    const bytes = Buffer.from(table.buffer, table.byteOffset, table.byteLength);
    this.#file.read(fileOffset, bytes);
    if (littleEndian) bytes.swap32();
    return table;
  }

  #takeMemory(): Uint32Array {
    if (this.#tables.size < this.#maximum) return new Uint32Array(this.#tableBytes / 4);
    const [offset, table] = this.#tables.entries().next().value!;
    this.#tables.delete(offset);
    if (offset === this.#lastOffset) this.#lastOffset = -1;
    return table;
  }
}
