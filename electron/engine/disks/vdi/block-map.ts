/** The block map of a VDI image: which block of the file holds which block of the disk. */
import { Failure } from '#shared/failure.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { isAllocated, type Header } from './header.ts';
import { malformedBlock } from './layout.ts';

/** Entries are read this many at a time. */
const pageEntries = 16384;

export class BlockMap {
  readonly #file: ByteSource;
  readonly #header: Header;
  #page: DataView;
  #pageNumber = -1;

  constructor(file: ByteSource, header: Header) {
    this.#file = file;
    this.#header = header;
    this.#page = new DataView(new ArrayBuffer(Math.min(pageEntries, header.blockCount) * 4));
  }

  /** The entry of a block of the disk: a block of the file, `blockFree` or `blockZero`. */
  entryAt(block: number): number {
    const number = Math.floor(block / pageEntries);
    if (number !== this.#pageNumber) this.#load(number);
    return this.#page.getUint32((block - number * pageEntries) * 4, true);
  }

  #load(number: number): void {
    const first = number * pageEntries;
    const entries = Math.min(pageEntries, this.#header.blockCount - first);
    this.#pageNumber = -1;
    this.#file.read(
      this.#header.blockMapOffset + first * 4,
      new Uint8Array(this.#page.buffer, 0, entries * 4),
    );
    this.#pageNumber = number;
  }

  /** Where the data of a block of the file begins, in bytes. */
  dataOffset(entry: number): number {
    const { dataOffset, blockBytes, blockExtraBytes } = this.#header;
    return dataOffset + entry * (blockBytes + blockExtraBytes) + blockExtraBytes;
  }

  /**
   * Walks the whole map once; the number of blocks that are in the file.
   * @throws Failure `image.malformed` for an entry past the number of blocks or one that is used twice,
   * `image.truncated` for a block that the file does not hold.
   */
  check(): number {
    const { blockCount, blockBytes, capacityBytes } = this.#header;
    const used = new Uint8Array(Math.ceil(blockCount / 8));
    let allocated = 0;
    for (let block = 0; block < blockCount; block++) {
      const entry = this.entryAt(block);
      if (!isAllocated(entry)) continue;
      if (entry >= blockCount) throw this.#wrong(block, `there is no block ${entry} among ${blockCount}`);
      const bit = 1 << (entry & 7);
      if ((used[entry >>> 3]! & bit) !== 0)
        throw this.#wrong(block, `block ${entry} of the file is in use already`);
      used[entry >>> 3]! |= bit;
      allocated++;
      // The last block may be stored only as far as the disk goes.
      const neededBytes =
        this.dataOffset(entry) + Math.max(0, Math.min(blockBytes, capacityBytes - block * blockBytes));
      const { path, sizeBytes } = this.#file;
      if (neededBytes > sizeBytes) {
        throw new Failure('image.truncated', { path, neededBytes, actualBytes: sizeBytes });
      }
    }
    return allocated;
  }

  #wrong(block: number, problem: string): Failure {
    return malformedBlock(block, this.#header.blockMapOffset + block * 4, problem);
  }
}
