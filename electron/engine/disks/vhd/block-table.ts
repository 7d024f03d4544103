/** The block allocation table and the sector bitmaps of dynamic and differencing VHDs. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, asValue } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { bitAt, bitRun, type BitOrder } from '../block-extents.ts';
import type { EntryProblem } from '../structure-findings.ts';
import { readBatmap } from './batmap.ts';
import { bitmapOrder, isXen, type FooterFields } from './footer.ts';
import { dynamicHeader, footer, format, sectorBytes, unallocated } from './layout.ts';
import type { SparseHeader } from './sparse-header.ts';

/** Where the data of the file ends and its last footer begins, with the size of the disk in bytes. */
export interface TableBounds {
  readonly capacityBytes: number;
  readonly dataEnd: number;
}

/** What is where in the blocks. */
export class BlockTable {
  readonly #file: ByteSource;
  readonly #header: SparseHeader;
  readonly #bounds: TableBounds;
  /** The sector at which each block's bitmap begins. */
  readonly #entries: Uint32Array;
  /** Bits of XenServer's batmap, if there is one. */
  readonly #complete: Uint8Array | null;
  readonly #bitmap: Uint8Array;
  readonly #bitOrder: BitOrder;
  #bitmapBlock = -1;

  /** Reads the whole table; check() has to follow before anything is read by it. @throws Failure `image.truncated`. */
  constructor(file: ByteSource, header: SparseHeader, bounds: TableBounds, footerFields: FooterFields) {
    this.#file = file;
    this.#header = header;
    this.#bounds = bounds;
    this.#entries = readEntries(file, header);
    this.#bitmap = new Uint8Array(header.bitmapBytes);
    this.#bitOrder = bitmapOrder(footerFields);
    this.#complete = isXen(footerFields) ? (readBatmap(file, header)?.bits ?? null) : null;
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
  sectorRun(block: number, sector: number, end: number): { readonly isSet: boolean; readonly end: number } {
    if (this.#complete !== null && bitAt(this.#complete, block, 'highest first')) return { isSet: true, end };
    return bitRun(this.#bitmapOf(block), sector, end, this.#bitOrder);
  }

  #bitmapOf(block: number): Uint8Array {
    if (this.#bitmapBlock !== block) {
      this.#bitmapBlock = -1;
      this.#file.read(this.#entries[block]! * sectorBytes, this.#bitmap);
      this.#bitmapBlock = block;
    }
    return this.#bitmap;
  }

  /** Where the blocks of the disk begin in the file, in sectors, ascending. */
  get sortedEntries(): Uint32Array {
    // Without filter(), which holds them all a second time: unallocated is the largest number and comes last.
    return this.#entries.slice().sort().subarray(0, this.allocatedBlocks);
  }

  /** Where a block that begins at `start` ends in the file; it may be stored only as far as the disk goes. */
  blockEnd(block: number): number {
    const { blockBytes } = this.#header;
    const start = this.#entries[block]! * sectorBytes + this.#header.bitmapBytes;
    const whole = start + blockBytes;
    const needed = start + Math.min(blockBytes, this.#bounds.capacityBytes - block * blockBytes);
    return whole <= this.#bounds.dataEnd ? whole : needed;
  }

  /**
   * Tells every block that the file does not hold (`image.truncated`) or that lies on something else
   * (`image.malformed`). A problem names its block only when asked for.
   */
  check(onProblem: (problem: EntryProblem) => void): void {
    const { blockCount, bitmapBytes, fields, fileOffset } = this.#header;
    const { dataEnd } = this.#bounds;
    const { path, sizeBytes } = this.#file;
    const metadata = [
      { start: 0, end: footer.sizeBytes, name: 'the copy of the footer' },
      { start: fileOffset, end: fileOffset + dynamicHeader.sizeBytes, name: 'the dynamic disk header' },
      {
        start: fields.tableOffset,
        end: fields.tableOffset + blockCount * 4,
        name: 'the block allocation table',
      },
      { start: dataEnd, end: sizeBytes, name: 'the footer' },
    ];
    for (let block = 0; block < blockCount; block++) {
      if (!this.isAllocated(block)) continue;
      const start = this.dataOffset(block) - bitmapBytes;
      const end = this.blockEnd(block);
      if (end > sizeBytes) {
        const details = { path, neededBytes: end, actualBytes: sizeBytes };
        onProblem({
          message: () => `Block ${block} of the disk ends at ${end}, and the file at ${sizeBytes}.`,
          fileOffset: this.#entryOffset(block),
          failure: () => new Failure('image.truncated', details),
        });
        continue;
      }
      const other = metadata.find((range) => range.start < end && start < range.end);
      if (other !== undefined) onProblem(this.#overlap(block, other.name));
    }
    this.#checkOverlap(onProblem);
  }

  #checkOverlap(onProblem: (problem: EntryProblem) => void): void {
    const { blockBytes, bitmapBytes } = this.#header;
    const sorted = this.sortedEntries;
    const blockSectors = (bitmapBytes + blockBytes) / sectorBytes;
    for (let index = 1; index < sorted.length; index++) {
      const entry = sorted[index]!;
      if (entry - sorted[index - 1]! >= blockSectors) continue;
      const fileOffset = entry * sectorBytes;
      onProblem({
        message: () => `Two blocks of the disk lie in each other at ${fileOffset} of the file.`,
        fileOffset,
        failure: () => this.#overlap(this.#entries.lastIndexOf(entry), 'that of another block').failure(),
      });
    }
  }

  #entryOffset(block: number): number {
    return this.#header.fields.tableOffset + block * 4;
  }

  #overlap(block: number, name: string): EntryProblem {
    const fileOffset = this.#entryOffset(block);
    const problem = inEnglish('its data overlaps {name}', { name });
    const structure = 'block allocation table';
    const field = `block ${block}`;
    return {
      message: () => inEnglish('Block {block} of the disk: {problem}.', { block, problem: asValue(problem) }),
      fileOffset,
      failure: () => new Failure('image.malformed', { format, structure, field, fileOffset, problem }),
    };
  }
}

/** The entries take the place of the bytes that they are read from: there may be millions of them. */
function readEntries(file: ByteSource, { fields, blockCount }: SparseHeader): Uint32Array {
  const { buffer } = readBytes(file, fields.tableOffset, blockCount * 4);
  const view = new DataView(buffer);
  const entries = new Uint32Array(buffer);
  for (let block = 0; block < blockCount; block++) entries[block] = view.getUint32(block * 4);
  return entries;
}
