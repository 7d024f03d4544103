/** Writes VHDX images, fixed and dynamic, as [MS-VHDX] lays them out and Hyper-V demands. */
import type { ByteSink } from '../../bytes/sink.ts';
import type { DiskWriter, TargetShape } from '../driver.ts';
import { ContentIdentity } from './content-identity.ts';
import { encodeHeaders, encodeIdentifier, encodeMetadata, encodeRegionTable } from './encoding.ts';
import {
  blockState,
  headerOffsets,
  mebibyte,
  regionTableOffsets,
  roundUp,
  sectorsPerChunk,
} from './layout.ts';

export const logicalSectorBytes = 512;
export const physicalSectorBytes = 4096;
/** What a fixed disk leaves as a hole where it is all zeros. */
const fixedUnitBytes = 65536;
export const maximumUnitBytes = 2 * mebibyte;
const logOffset = mebibyte;
const logBytes = mebibyte;
const metadataOffset = logOffset + logBytes;
const metadataBytes = mebibyte;
const tableOffset = metadataOffset + metadataBytes;
const entryBytes = 8;

/** The parts of an image to be written; sizes and offsets in bytes. */
export interface TargetGeometry {
  readonly capacityBytes: number;
  readonly isFixed: boolean;
  readonly blockBytes: number;
  readonly unitBytes: number;
  readonly blockCount: number;
  readonly chunkRatio: number;
  /** All entries of the table, with those of sector bitmaps. */
  readonly entryCount: number;
  readonly log: { readonly start: number; readonly length: number };
  readonly metadata: { readonly start: number; readonly length: number };
  readonly table: { readonly start: number; readonly length: number };
  readonly blocksOffset: number;
}

export function targetGeometry({ capacityBytes, variant, options }: TargetShape): TargetGeometry {
  const isFixed = variant === 'fixed';
  const blockBytes = Number(options['block_size']);
  const blockCount = Math.ceil(capacityBytes / blockBytes);
  const chunkRatio = (sectorsPerChunk * logicalSectorBytes) / blockBytes;
  const entryCount = blockCount + Math.floor((blockCount - 1) / chunkRatio);
  const tableBytes = roundUp(entryCount * entryBytes, mebibyte);
  return {
    capacityBytes,
    isFixed,
    blockBytes,
    unitBytes: isFixed ? fixedUnitBytes : Math.min(blockBytes, maximumUnitBytes),
    blockCount,
    chunkRatio,
    entryCount,
    log: { start: logOffset, length: logBytes },
    metadata: { start: metadataOffset, length: metadataBytes },
    table: { start: tableOffset, length: tableBytes },
    blocksOffset: tableOffset + tableBytes,
  };
}

/** The size of the file with that many blocks in it. */
export function fileBytes(geometry: TargetGeometry, blockCount: number): number {
  return geometry.blocksOffset + blockCount * geometry.blockBytes;
}

const pageEntries = 8192;

export class VhdxWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;
  readonly #identity: ContentIdentity;
  /** The part of the table that is being filled: units come in ascending order. */
  readonly #page = new DataView(new ArrayBuffer(pageEntries * entryBytes));
  #pageNumber = 0;
  #presentBlocks = 0;
  #lastBlock = -1;

  constructor(sink: ByteSink, shape: TargetShape) {
    this.#sink = sink;
    this.#geometry = targetGeometry(shape);
    const { capacityBytes, blockBytes, unitBytes } = this.#geometry;
    this.#identity = new ContentIdentity(['vhdx', shape.variant, capacityBytes, blockBytes], unitBytes);
  }

  writePlain(virtualOffset: number, data: Uint8Array): void {
    const { isFixed, blockBytes, blocksOffset } = this.#geometry;
    this.#identity.add(virtualOffset, data);
    if (isFixed) {
      this.#sink.write(blocksOffset + virtualOffset, data);
      return;
    }
    for (let at = 0; at < data.length;) {
      const block = Math.floor((virtualOffset + at) / blockBytes);
      const offsetInBlock = virtualOffset + at - block * blockBytes;
      const length = Math.min(data.length - at, blockBytes - offsetInBlock);
      // A block larger than a unit comes in pieces, one after the other.
      if (block !== this.#lastBlock) this.#addBlock(block);
      const fileOffset = fileBytes(this.#geometry, this.#presentBlocks - 1) + offsetInBlock;
      this.#sink.write(fileOffset, data.subarray(at, at + length));
      at += length;
    }
  }

  finish(): void {
    const geometry = this.#geometry;
    if (geometry.isFixed) for (let block = 0; block < geometry.blockCount; block++) this.#addBlock(block);
    this.#turnTo(Math.ceil(geometry.entryCount / pageEntries));
    this.#sink.write(0, encodeIdentifier());
    for (const [index, bytes] of encodeHeaders(geometry, this.#identity).entries()) {
      this.#sink.write(headerOffsets[index]!, bytes);
    }
    const regionTable = encodeRegionTable(geometry);
    for (const offset of regionTableOffsets) this.#sink.write(offset, regionTable);
    this.#sink.write(geometry.metadata.start, encodeMetadata(geometry, this.#identity));
    this.#sink.truncate(fileBytes(geometry, this.#presentBlocks));
  }

  /** Gives a block of the disk the next place in the file. */
  #addBlock(block: number): void {
    const { chunkRatio } = this.#geometry;
    const index = block + Math.floor(block / chunkRatio);
    const number = Math.floor(index / pageEntries);
    this.#turnTo(number);
    const fileOffset = fileBytes(this.#geometry, this.#presentBlocks);
    const at = (index - number * pageEntries) * entryBytes;
    this.#page.setBigUint64(at, BigInt(fileOffset) | BigInt(blockState.fullyPresent), true);
    this.#presentBlocks++;
    this.#lastBlock = block;
  }

  /** Writes the pages before `number`. All zeros is "not present". */
  #turnTo(number: number): void {
    const { table } = this.#geometry;
    while (this.#pageNumber < number) {
      const at = this.#pageNumber * pageEntries * entryBytes;
      const lengthBytes = Math.min(pageEntries * entryBytes, table.length - at);
      const bytes = new Uint8Array(this.#page.buffer, 0, lengthBytes);
      this.#sink.write(table.start + at, bytes);
      this.#pageNumber++;
      new Uint8Array(this.#page.buffer).fill(0);
    }
  }
}
