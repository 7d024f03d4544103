/** The block allocation table, payload blocks with a sector bitmap block after each chunk of them ([MS-VHDX] 2.5). */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import type { ByteSource } from '../../bytes/source.ts';
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
    const entries = this.#entryCount();
    if (entries * entryBytes > this.#region.length) {
      const problem = `${this.#region.length} bytes are too few for ${entries} entries`;
      throw malformedAt('region table entry', 'length', this.#region.start, problem);
    }
  }

  #entryCount(): number {
    const chunks = Math.ceil(this.blockCount / this.#chunkRatio);
    if (this.#metadata.parent !== null) return chunks * (this.#chunkRatio + 1);
    return this.blockCount + Math.max(0, chunks - 1);
  }

  /** The entry of a payload block. @throws Failure `image.malformed` for a state that does not exist. */
  blockAt(block: number): BlockEntry {
    const index = block + Math.floor(block / this.#chunkRatio);
    const entry = this.#entryAt(index);
    switch (entry.state) {
      case blockState.notPresent:
      case blockState.undefined:
      case blockState.zero:
      case blockState.unmapped:
      case blockState.fullyPresent:
        return entry;
      case blockState.partiallyPresent:
        if (this.#metadata.parent !== null) return entry;
        throw this.#wrong(index, 'a block is partially present, and there is no parent for the rest');
      default:
        throw this.#wrong(index, `there is no state ${entry.state}`);
    }
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
  sectorRun(block: number, sector: number, end: number): { readonly present: boolean; readonly end: number } {
    const bitmap = this.#bitmapOf(block);
    const present = bitAt(bitmap, sector);
    const uniform = present ? 0xff : 0;
    let next = sector + 1;
    while (next < end) {
      if ((next & 7) === 0 && bitmap[next >>> 3] === uniform) next += 8;
      else if (bitAt(bitmap, next) === present) next++;
      else break;
    }
    return { present, end: Math.min(next, end) };
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
      throw this.#wrong(index, 'a block is partially present, and its sector bitmap is not');
    }
    this.#bitmapBlock = -1;
    this.#source.read(entry.fileOffset + (block % this.#chunkRatio) * bytesPerBlock, this.#bitmap);
    this.#bitmapBlock = block;
    return this.#bitmap;
  }

  /**
   * Walks the whole table once; the number of payload blocks that are in the file.
   * @throws Failure `image.malformed` for blocks in each other or in a region, `image.truncated` for one that the file
   * does not hold.
   */
  check(regions: Regions): number {
    const fileMebibytes = Math.ceil(this.#source.sizeBytes / mebibyte);
    if (fileMebibytes > maximumFileMebibytes) throw unsupported(`a file of ${this.#source.sizeBytes} bytes`);
    const used = new Uint8Array(Math.ceil(fileMebibytes / 8));
    this.#take(used, 0, mebibyte, 'the header section', 0);
    for (const { start, length } of regions.all) this.#take(used, start, length, 'a region', 0);
    const { blockBytes, capacityBytes } = this.#metadata;
    let present = 0;
    for (let block = 0; block < this.blockCount; block++) {
      const { state, fileOffset } = this.blockAt(block);
      if (state < blockState.fullyPresent) continue;
      present++;
      // The last block may be stored only as far as the disk goes.
      const lengthBytes = Math.min(blockBytes, capacityBytes - block * blockBytes);
      const index = block + Math.floor(block / this.#chunkRatio);
      this.#take(used, fileOffset, lengthBytes, 'a block', index);
    }
    if (this.#metadata.parent !== null) this.#checkBitmaps(used);
    return present;
  }

  #checkBitmaps(used: Uint8Array): void {
    for (let block = 0; block < this.blockCount; block += this.#chunkRatio) {
      const index = this.#bitmapEntryIndex(block);
      const { state, fileOffset } = this.#entryAt(index);
      if (state === blockState.notPresent) continue;
      if (state !== blockState.fullyPresent)
        throw this.#wrong(index, `a sector bitmap has no state ${state}`);
      this.#take(used, fileOffset, mebibyte, 'a sector bitmap', index);
    }
  }

  /** Marks a part of the file as taken. */
  #take(used: Uint8Array, fileOffset: number, lengthBytes: number, what: string, index: number): void {
    const { path, sizeBytes } = this.#source;
    if (fileOffset + lengthBytes > sizeBytes) {
      throw new Failure('image.truncated', {
        path,
        neededBytes: fileOffset + lengthBytes,
        actualBytes: sizeBytes,
      });
    }
    const end = roundUp(fileOffset + lengthBytes, mebibyte) / mebibyte;
    for (let at = fileOffset / mebibyte; at < end; at++) {
      const bit = 1 << (at & 7);
      if ((used[at >>> 3]! & bit) !== 0)
        throw this.#wrong(index, `${what} at ${fileOffset} overlaps something else`);
      used[at >>> 3]! |= bit;
    }
  }

  #wrong(index: number, problem: string): Failure {
    const fileOffset = this.#region.start + index * entryBytes;
    return malformedAt('block allocation table', `entry ${index}`, fileOffset, problem);
  }
}

/** The first sector is the lowest bit of the first byte. */
function bitAt(bits: Uint8Array, index: number): boolean {
  return ((bits[index >>> 3]! >>> (index & 7)) & 1) !== 0;
}
