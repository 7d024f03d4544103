/** Where the parts of a VHDX to be written lie. */
import type { TargetShape } from '../driver.ts';
import { givenUuid } from '../uuids.ts';
import { logicalSectorSizes, mebibyte, roundUp, sectorsPerChunk } from './layout.ts';

export const physicalSectorBytes = 4096;
/** What a fixed disk leaves as a hole where it is all zeros. */
const fixedUnitBytes = 65536;
export const maximumUnitBytes = 2 * mebibyte;
const logOffset = mebibyte;
const logBytes = mebibyte;
const metadataOffset = logOffset + logBytes;
const metadataBytes = mebibyte;
const tableOffset = metadataOffset + metadataBytes;
/** One entry of the block allocation table. */
export const entryBytes = 8;

/** The parts of an image to be written; sizes and offsets in bytes. */
export interface TargetGeometry {
  readonly capacityBytes: number;
  readonly isFixed: boolean;
  readonly blockBytes: number;
  readonly logicalSectorBytes: number;
  /** The page 83 data; null where it follows from the content. */
  readonly uuid: string | null;
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

/** The sector size that the options ask for, 512 bytes where they do not. */
export function logicalSectorBytesOf(options: TargetShape['options']): number {
  return Number(options['logical_sector_size'] ?? logicalSectorSizes[0]);
}

export function targetGeometry({ capacityBytes, variant, options }: TargetShape): TargetGeometry {
  const isFixed = variant === 'fixed';
  const blockBytes = Number(options['block_size']);
  const logicalSectorBytes = logicalSectorBytesOf(options);
  const blockCount = Math.ceil(capacityBytes / blockBytes);
  const chunkRatio = (sectorsPerChunk * logicalSectorBytes) / blockBytes;
  const entryCount = blockCount + Math.floor((blockCount - 1) / chunkRatio);
  const tableBytes = roundUp(entryCount * entryBytes, mebibyte);
  return {
    capacityBytes,
    isFixed,
    blockBytes,
    logicalSectorBytes,
    uuid: givenUuid(options),
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
