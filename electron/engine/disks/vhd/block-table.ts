/** The block allocation table and the sector bitmaps of dynamic and differencing VHDs. */
import { Failure } from '#shared/failure.ts';
import { readBytes, requireWithin, type ByteSource } from '../../bytes/source.ts';
import type { ValuesOf } from '../../bytes/struct.ts';
import { readBatmap } from './batmap.ts';
import {
  bitmapBytesFor,
  checksumOf,
  dynamicHeader,
  dynamicHeaderCookie,
  footer,
  malformedBlock,
  maximumBlocks,
  sectorBytes,
  unallocated,
  unsupported,
  version1,
} from './layout.ts';

/** The checked dynamic disk header. Offsets and sizes in bytes. */
export interface SparseHeader {
  readonly fields: ValuesOf<(typeof dynamicHeader)['fields']>;
  readonly fileOffset: number;
  readonly blockBytes: number;
  readonly bitmapBytes: number;
  /** The blocks that the disk has; the table may have room for more. */
  readonly blockCount: number;
}

/** @throws Failure `image.malformed`, `image.unsupported`, `image.truncated`. */
export function readSparseHeader(
  file: ByteSource,
  headerOffset: bigint,
  capacityBytes: number,
): SparseHeader {
  if (headerOffset > BigInt(file.sizeBytes)) {
    throw footer.malformed('dataOffset', `${headerOffset} is past the end of the file`);
  }
  const fileOffset = Number(headerOffset);
  const bytes = readBytes(file, fileOffset, dynamicHeader.sizeBytes);
  const fields = dynamicHeader.decode(bytes, 0, fileOffset);
  const malformed = (field: keyof typeof fields, problem: string): Failure =>
    dynamicHeader.malformed(field, problem, fileOffset);
  if (fields.cookie !== dynamicHeaderCookie) throw malformed('cookie', `it is not ${dynamicHeaderCookie}`);
  if (fields.checksum !== checksumOf(bytes, 36))
    throw malformed('checksum', 'it is not the sum of the header');
  if (fields.headerVersion >>> 16 !== version1 >>> 16) {
    throw unsupported(`a header of version ${fields.headerVersion >>> 16}.${fields.headerVersion & 0xffff}`);
  }
  const { blockSize, maxTableEntries, tableOffset } = fields;
  if (blockSize < sectorBytes || !Number.isInteger(Math.log2(blockSize))) {
    throw malformed('blockSize', `${blockSize} is not a power of two from ${sectorBytes} on`);
  }
  const blockCount = Math.ceil(capacityBytes / blockSize);
  if (blockCount > maxTableEntries) {
    throw malformed(
      'maxTableEntries',
      `${maxTableEntries} blocks of ${blockSize} do not hold ${capacityBytes} bytes`,
    );
  }
  if (blockCount > maximumBlocks) throw unsupported(`${blockCount} blocks; ${maximumBlocks} are possible`);
  requireWithin(file, tableOffset, blockCount * 4);
  return { fields, fileOffset, blockBytes: blockSize, bitmapBytes: bitmapBytesFor(blockSize), blockCount };
}

/** What is where in the blocks. */
export class BlockTable {
  readonly #file: ByteSource;
  readonly #header: SparseHeader;
  /** The sector at which each block's bitmap begins. */
  readonly #entries: Uint32Array;
  /** Bits of XenServer's batmap, if there is one. */
  readonly #complete: Uint8Array | null;
  readonly #bitmap: Uint8Array;
  #bitmapBlock = -1;

  /** Reads and checks the whole table. @throws Failure `image.malformed`, `image.truncated`. */
  constructor(file: ByteSource, header: SparseHeader, capacityBytes: number, isXen: boolean) {
    this.#file = file;
    this.#header = header;
    this.#entries = readEntries(file, header);
    this.#bitmap = new Uint8Array(header.bitmapBytes);
    this.#check(capacityBytes);
    this.#complete = isXen ? readBatmap(file, header) : null;
  }

  get allocatedBlocks(): number {
    return this.#entries.reduce((count, entry) => (entry === unallocated ? count : count + 1), 0);
  }

  get hasBatmap(): boolean {
    return this.#complete !== null;
  }

  isAllocated(block: number): boolean {
    return this.#entries[block] !== unallocated;
  }

  /** Where the data of an allocated block begins in the file, in bytes. */
  dataOffset(block: number): number {
    return this.#entries[block]! * sectorBytes + this.#header.bitmapBytes;
  }

  /** Whether the file holds a sector of an allocated block, and the first sector before `end` where that changes. */
  sectorRun(block: number, sector: number, end: number): { readonly present: boolean; readonly end: number } {
    if (this.#complete !== null && bitAt(this.#complete, block)) return { present: true, end };
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

  #bitmapOf(block: number): Uint8Array {
    if (this.#bitmapBlock !== block) {
      this.#bitmapBlock = -1;
      this.#file.read(this.#entries[block]! * sectorBytes, this.#bitmap);
      this.#bitmapBlock = block;
    }
    return this.#bitmap;
  }

  #check(capacityBytes: number): void {
    const { blockBytes, bitmapBytes, blockCount, fields, fileOffset } = this.#header;
    const metadata = [
      { start: 0, end: footer.sizeBytes, name: 'the copy of the footer' },
      { start: fileOffset, end: fileOffset + dynamicHeader.sizeBytes, name: 'the dynamic disk header' },
      {
        start: fields.tableOffset,
        end: fields.tableOffset + blockCount * 4,
        name: 'the block allocation table',
      },
    ];
    const { path, sizeBytes } = this.#file;
    for (let block = 0; block < blockCount; block++) {
      if (!this.isAllocated(block)) continue;
      const start = this.#entries[block]! * sectorBytes;
      const end = start + bitmapBytes + Math.min(blockBytes, capacityBytes - block * blockBytes);
      if (end > sizeBytes)
        throw new Failure('image.truncated', { path, neededBytes: end, actualBytes: sizeBytes });
      const other = metadata.find((range) => range.start < end && start < range.end);
      if (other !== undefined) throw this.#wrong(block, `its data overlaps ${other.name}`);
    }
    this.#checkOverlap();
  }

  #checkOverlap(): void {
    const { blockBytes, bitmapBytes } = this.#header;
    const sorted = this.#entries.filter((entry) => entry !== unallocated).sort();
    const blockSectors = (bitmapBytes + blockBytes) / sectorBytes;
    for (let index = 1; index < sorted.length; index++) {
      if (sorted[index]! - sorted[index - 1]! >= blockSectors) continue;
      throw this.#wrong(this.#entries.lastIndexOf(sorted[index]!), 'its data overlaps that of another block');
    }
  }

  #wrong(block: number, problem: string): Failure {
    return malformedBlock(block, this.#header.fields.tableOffset + block * 4, problem);
  }
}

function readEntries(file: ByteSource, header: SparseHeader): Uint32Array {
  const bytes = readBytes(file, header.fields.tableOffset, header.blockCount * 4);
  const view = new DataView(bytes.buffer);
  const entries = new Uint32Array(header.blockCount);
  for (let block = 0; block < entries.length; block++) entries[block] = view.getUint32(block * 4);
  return entries;
}

/** The first sector is the highest bit of the first byte. */
function bitAt(bits: Uint8Array, index: number): boolean {
  return ((bits[index >>> 3]! >>> (7 - (index & 7))) & 1) !== 0;
}
