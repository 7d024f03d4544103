/** The block map of a VDI image: which block of the file holds which block of the disk. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { UsedUnits } from '../block-extents.ts';
import type { EntryProblem } from '../structure-findings.ts';
import { isAllocated, type Header } from './header.ts';
import { format } from './layout.ts';

/** Entries are read this many at a time. */
const pageEntries = 16384;

/** What the entries of the map use. */
export interface MapUsage {
  readonly allocatedBlocks: number;
  /** The blocks of the file. */
  readonly used: UsedUnits;
}

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
   * Walks the whole map once and tells every entry that is past the number of blocks (`image.malformed`), used twice
   * (`image.malformed`), or whose block the file does not hold (`image.truncated`).
   */
  walk(onProblem: (problem: EntryProblem) => void, beforePage: () => void = () => {}): MapUsage {
    const { blockCount, blockBytes, capacityBytes } = this.#header;
    const { sizeBytes } = this.#file;
    const used = new UsedUnits(blockCount);
    let allocatedBlocks = 0;
    for (let block = 0; block < blockCount; block++) {
      if (block % pageEntries === 0) beforePage();
      const entry = this.entryAt(block);
      if (!isAllocated(entry)) continue;
      allocatedBlocks++;
      if (entry >= blockCount) {
        onProblem(
          this.#wrong(
            block,
            inEnglish('there is no block {entry} among {blockCount}', { entry, blockCount }),
          ),
        );
        continue;
      }
      if (!used.take(entry)) {
        onProblem(this.#wrong(block, inEnglish('block {entry} of the file is in use already', { entry })));
        continue;
      }
      // The last block may be stored only as far as the disk goes.
      const neededBytes =
        this.dataOffset(entry) + Math.max(0, Math.min(blockBytes, capacityBytes - block * blockBytes));
      if (neededBytes > sizeBytes) onProblem(this.#missing(block, neededBytes));
    }
    return { allocatedBlocks, used };
  }

  #wrong(block: number, problem: Message): EntryProblem {
    const fileOffset = this.#header.blockMapOffset + block * 4;
    const field = `block ${block}`;
    return {
      message: () => inEnglish('Block {block} of the disk: {problem}.', { block, problem: asValue(problem) }),
      fileOffset,
      failure: () =>
        new Failure('image.malformed', { format, structure: 'block map', field, fileOffset, problem }),
    };
  }

  #missing(block: number, neededBytes: number): EntryProblem {
    const { path, sizeBytes: actualBytes } = this.#file;
    return {
      message: () => `Block ${block} of the disk: it ends at ${neededBytes}, and the file at ${actualBytes}.`,
      fileOffset: this.#header.blockMapOffset + block * 4,
      failure: () => new Failure('image.truncated', { path, neededBytes, actualBytes }),
    };
  }
}
