/** The block allocation table, payload blocks with a sector bitmap block after each chunk of them ([MS-VHDX] 2.5). */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { bitRun, UsedUnits } from '../block-extents.ts';
import type { EntryProblem } from '../structure-findings.ts';
import { blockState, malformedAt, mebibyte, roundUp, sectorsPerChunk, unsupported } from './layout.ts';
import type { Metadata } from './metadata.ts';
import type { Regions } from './regions.ts';

/** Entries are read this many at a time. */
const pageEntries = 8192;
const entryBytes = 8;
/** Where blocks overlap is found with a bit for each MiB of the file; 256 TiB is more than any file has. */
const maximumFileMebibytes = 2 ** 28;

/** A block of the file. */
export interface BlockEntry {
  readonly state: number;
  /** In bytes. */
  readonly fileOffset: number;
}

/** What the entries of the table use. */
export interface TableUsage {
  readonly presentBlocks: number;
  /** MiB of the file, with the header section and the regions. */
  readonly used: UsedUnits;
}

export class BlockTable {
  readonly blockCount: number;
  readonly #source: ByteSource;
  readonly #region: Span;
  readonly #metadata: Metadata;
  /** Payload blocks to each sector bitmap block. */
  readonly #chunkRatio: number;
  readonly #page = new DataView(new ArrayBuffer(pageEntries * entryBytes));
  #pageNumber = -1;
  #bitmap = new Uint8Array(0);
  #bitmapBlock = -1;

  /** @throws Failure `image.malformed` when the region is too small for the disk. */
  constructor(source: ByteSource, regions: Regions, metadata: Metadata) {
    const { capacityBytes, blockBytes, logicalSectorBytes } = metadata;
    this.#source = source;
    this.#region = regions.blockAllocationTable;
    this.#metadata = metadata;
    this.#chunkRatio = (sectorsPerChunk * logicalSectorBytes) / blockBytes;
    this.blockCount = Math.ceil(capacityBytes / blockBytes);
    const entries = this.entryCountFor(this.blockCount);
    if (entries * entryBytes > this.#region.length) {
      const problem = inEnglish('{count} bytes are too few for {entries} entries', {
        count: this.#region.length,
        entries,
      });
      throw malformedAt('region table entry', 'length', this.#region.start, problem);
    }
  }

  /** The entries of a table for that many payload blocks, with those of sector bitmaps. */
  entryCountFor(blockCount: number): number {
    const chunks = Math.ceil(blockCount / this.#chunkRatio);
    if (this.#metadata.parent !== null) return chunks * (this.#chunkRatio + 1);
    return blockCount + Math.max(0, chunks - 1);
  }

  /** The entry of a payload block; check() has to come first: it tells the states that cannot be. */
  blockAt(block: number): BlockEntry {
    return this.#entryAt(this.#blockIndex(block));
  }

  /** Where the entry of a payload block is in the file, in bytes. */
  entryOffset(block: number): number {
    return this.#region.start + this.#blockIndex(block) * entryBytes;
  }

  #blockIndex(block: number): number {
    return block + Math.floor(block / this.#chunkRatio);
  }

  /** Why the state of a payload block cannot be; null when it can. */
  #stateProblem(state: number): string | null {
    if (state === blockState.partiallyPresent) {
      return this.#metadata.parent !== null
        ? null
        : 'a block is partially present, and there is no parent for the rest';
    }
    return knownStates.includes(state) ? null : `there is no state ${state}`;
  }

  #entryAt(index: number): BlockEntry {
    const number = Math.floor(index / pageEntries);
    if (number !== this.#pageNumber) {
      const at = number * pageEntries * entryBytes;
      const lengthBytes = Math.min(pageEntries * entryBytes, this.#region.length - at);
      this.#pageNumber = -1;
      this.#source.read(this.#region.start + at, new Uint8Array(this.#page.buffer, 0, lengthBytes));
      this.#pageNumber = number;
    }
    const at = (index - number * pageEntries) * entryBytes;
    const low = this.#page.getUint32(at, true);
    const high = this.#page.getUint32(at + 4, true);
    // Bits 20 to 63 are the offset in MiB, with the lower ones between never used.
    return { state: low & 7, fileOffset: high * 2 ** 32 + (low >>> 20) * mebibyte };
  }

  #bitmapEntryIndex(block: number): number {
    const chunk = Math.floor(block / this.#chunkRatio);
    return (chunk + 1) * this.#chunkRatio + chunk;
  }

  /**
   * Whether the file holds a sector of a partially present block, and the first sector before `end` where that changes.
   * Sectors count from the start of the block.
   */
  sectorRun(block: number, sector: number, end: number): { readonly isSet: boolean; readonly end: number } {
    return bitRun(this.#bitmapOf(block), sector, end, 'lowest first');
  }

  /** The bits of one block: its part of the chunk's sector bitmap block. */
  #bitmapOf(block: number): Uint8Array {
    if (this.#bitmapBlock === block) return this.#bitmap;
    const { blockBytes, logicalSectorBytes } = this.#metadata;
    const bytesPerBlock = blockBytes / logicalSectorBytes / 8;
    if (this.#bitmap.length === 0) this.#bitmap = new Uint8Array(bytesPerBlock);
    const index = this.#bitmapEntryIndex(block);
    const entry = this.#entryAt(index);
    if (entry.state !== blockState.fullyPresent) {
      throw this.#wrong(
        index,
        inEnglish('a block is partially present, and its sector bitmap is not'),
      ).failure();
    }
    this.#bitmapBlock = -1;
    this.#source.read(entry.fileOffset + (block % this.#chunkRatio) * bytesPerBlock, this.#bitmap);
    this.#bitmapBlock = block;
    return this.#bitmap;
  }

  /**
   * Walks the whole table once and tells every state that cannot be, every block in another or in a region
   * (`image.malformed`), and every one that the file does not hold (`image.truncated`).
   * @throws Failure `image.unsupported` for a file of over 256 TiB.
   */
  check(
    regions: Regions,
    onProblem: (problem: EntryProblem) => void,
    beforePage: () => void = () => {},
  ): TableUsage {
    const fileMebibytes = Math.ceil(this.#source.sizeBytes / mebibyte);
    if (fileMebibytes > maximumFileMebibytes)
      throw unsupported(inEnglish('a file of {sizeBytes} bytes', { sizeBytes: this.#source.sizeBytes }));
    const used = new UsedUnits(fileMebibytes);
    const take = (fileOffset: number, lengthBytes: number, what: string, index: number): void => {
      const problem = this.#take(used, fileOffset, lengthBytes, what, index);
      if (problem !== null) onProblem(problem);
    };
    take(0, mebibyte, 'the header section', 0);
    for (const { start, length } of regions.all) take(start, length, 'a region', 0);
    const { blockBytes, capacityBytes, parent } = this.#metadata;
    let presentBlocks = 0;
    for (let block = 0; block < this.blockCount; block++) {
      if (block % pageEntries === 0) beforePage();
      const { state, fileOffset } = this.blockAt(block);
      const index = this.#blockIndex(block);
      const problem = this.#stateProblem(state);
      if (problem !== null) onProblem(this.#wrong(index, problem));
      if (problem !== null || state < blockState.fullyPresent) continue;
      presentBlocks++;
      // The last block may be stored only as far as the disk goes.
      take(fileOffset, Math.min(blockBytes, capacityBytes - block * blockBytes), 'a block', index);
    }
    if (parent !== null) this.#checkBitmaps(take, onProblem);
    return { presentBlocks, used };
  }

  #checkBitmaps(
    take: (fileOffset: number, lengthBytes: number, what: string, index: number) => void,
    onProblem: (problem: EntryProblem) => void,
  ): void {
    for (let block = 0; block < this.blockCount; block += this.#chunkRatio) {
      const index = this.#bitmapEntryIndex(block);
      const { state, fileOffset } = this.#entryAt(index);
      if (state === blockState.fullyPresent) take(fileOffset, mebibyte, 'a sector bitmap', index);
      else if (state !== blockState.notPresent) {
        onProblem(this.#wrong(index, inEnglish('a sector bitmap has no state {state}', { state })));
      }
    }
  }

  /** Marks a part of the file as used; why it cannot be, where the file does not hold it or something else does. */
  #take(
    used: UsedUnits,
    fileOffset: number,
    lengthBytes: number,
    what: string,
    index: number,
  ): EntryProblem | null {
    const { path, sizeBytes: actualBytes } = this.#source;
    const neededBytes = fileOffset + lengthBytes;
    if (neededBytes > actualBytes) {
      return {
        message: () => `Entry ${index}: ${what} ends at ${neededBytes}, and the file at ${actualBytes}.`,
        fileOffset: this.#region.start + index * entryBytes,
        failure: () => new Failure('image.truncated', { path, neededBytes, actualBytes }),
      };
    }
    let isFree = true;
    const end = roundUp(neededBytes, mebibyte) / mebibyte;
    for (let at = fileOffset / mebibyte; at < end; at++) isFree = used.take(at) && isFree;
    return isFree
      ? null
      : this.#wrong(index, inEnglish('{what} at {fileOffset} overlaps something else', { what, fileOffset }));
  }

  #wrong(index: number, problem: Message): EntryProblem {
    const fileOffset = this.#region.start + index * entryBytes;
    return {
      message: () =>
        inEnglish('Entry {index} of the block allocation table: {problem}.', {
          index,
          problem: asValue(problem),
        }),
      fileOffset,
      failure: () => malformedAt('block allocation table', `entry ${index}`, fileOffset, problem),
    };
  }
}

/** The states of a block that is all there, or not at all. */
const knownStates: readonly number[] = [
  blockState.notPresent,
  blockState.undefined,
  blockState.zero,
  blockState.unmapped,
  blockState.unmappedDraft,
  blockState.fullyPresent,
];
