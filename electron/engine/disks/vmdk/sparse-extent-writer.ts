/** Writing a plain sparse extent ("Hosted Sparse Extents"): grains behind the tables, which have their fixed places. */
import type { ByteSink } from '../../bytes/sink.ts';
import {
  compressionNone,
  flagRedundantGrainTable,
  flagValidNewLineDetection,
  newLineDetection,
  sectorBytes,
  sparseExtentHeader,
  sparseMagic,
} from './layout.ts';
import { descriptorOffsetSectors, descriptorSectors } from './new-descriptor.ts';
import {
  grainBytes,
  grainSectors,
  requireReachable,
  sparseLayout,
  tableEntries,
  tableSectors,
  type SparseLayout,
} from './new-extent.ts';

/** The length of the file in bytes when `unitCount` grains hold data. */
export function sparseExtentBytes(capacityBytes: number, unitCount: number, withDescriptor = true): number {
  return sparseLayout(capacityBytes, withDescriptor).overHead * sectorBytes + unitCount * grainBytes;
}

/** A table of 2 KiB may lie in two blocks of the file system. */
const tableBlocksBytes = 8192;

/** The most that such a file occupies: tables without grains are holes in it. */
export function sparseExtentAllocation(
  capacityBytes: number,
  unitCount: number,
  withDescriptor = true,
): number {
  const { tableCount, directorySectors } = sparseLayout(capacityBytes, withDescriptor);
  const fixed = (1 + descriptorSectors + 2 * directorySectors) * sectorBytes + 4 * tableBlocksBytes;
  const tables = 2 * Math.min(tableCount, unitCount) * tableBlocksBytes;
  return Math.min(
    sparseExtentBytes(capacityBytes, unitCount, withDescriptor),
    fixed + tables + unitCount * grainBytes,
  );
}

/** Directory entries that are written at once. */
const directoryChunk = 16384;

/** Writes one extent into a file of its own. Offsets are from the start of the extent. */
export class SparseExtentWriter {
  readonly #sink: ByteSink;
  readonly #capacityBytes: number;
  readonly #withDescriptor: boolean;
  readonly #layout: SparseLayout;
  /** The table of the grains that are being written; it goes to the file when the next one begins. */
  readonly #table = Buffer.alloc(tableEntries * 4);
  #tableIndex = -1;
  #nextSector: number;

  /** `withDescriptor` leaves room for one, which finish() is given then. */
  constructor(sink: ByteSink, capacityBytes: number, withDescriptor: boolean) {
    this.#sink = sink;
    this.#capacityBytes = capacityBytes;
    this.#withDescriptor = withDescriptor;
    this.#layout = sparseLayout(capacityBytes, withDescriptor);
    this.#nextSector = this.#layout.overHead;
  }

  /** The offset in the file of whole grains (the last may be cut by the capacity), further on than those before. */
  place(extentOffset: number, lengthBytes: number): number {
    const fileOffset = this.#nextSector * sectorBytes;
    for (let at = 0; at < lengthBytes; at += grainBytes) this.#placeGrain((extentOffset + at) / grainBytes);
    return fileOffset;
  }

  /** Gives the grain with that number the next place in the file. */
  #placeGrain(grain: number): void {
    const index = Math.floor(grain / tableEntries);
    if (index !== this.#tableIndex) {
      this.#writeTable();
      this.#tableIndex = index;
    }
    requireReachable(this.#nextSector + grainSectors - 1);
    this.#table.writeUInt32LE(this.#nextSector, (grain % tableEntries) * 4);
    this.#nextSector += grainSectors;
  }

  /** Both copies. Tables of no grains are never written: zeros is what they hold. */
  #writeTable(): void {
    if (this.#tableIndex < 0) return;
    const { rgdOffset, gdOffset, directorySectors } = this.#layout;
    for (const offset of [rgdOffset, gdOffset]) {
      const sector = offset + directorySectors + this.#tableIndex * tableSectors;
      this.#sink.write(sector * sectorBytes, this.#table);
    }
    this.#table.fill(0);
  }

  /** Writes directories, the descriptor where there is one, and the header. */
  finish(descriptor: Uint8Array | null): void {
    this.#writeTable();
    const { rgdOffset, gdOffset, overHead } = this.#layout;
    this.#writeDirectory(rgdOffset);
    this.#writeDirectory(gdOffset);
    const header = sparseExtentHeader.encode({
      magicNumber: sparseMagic,
      version: 1,
      flags: flagValidNewLineDetection | flagRedundantGrainTable,
      capacity: this.#capacityBytes / sectorBytes,
      grainSize: grainSectors,
      descriptorOffset: this.#withDescriptor ? descriptorOffsetSectors : 0,
      descriptorSize: this.#withDescriptor ? descriptorSectors : 0,
      numGTEsPerGT: tableEntries,
      rgdOffset: BigInt(rgdOffset),
      gdOffset: BigInt(gdOffset),
      overHead,
      ...newLineDetection,
      compressAlgorithm: compressionNone,
    });
    if (descriptor !== null) this.#sink.write(descriptorOffsetSectors * sectorBytes, descriptor);
    this.#sink.write(0, header);
    this.#sink.truncate(this.#nextSector * sectorBytes);
  }

  /** All tables of a hosted disk exist from the start: the directory is known without having written one. */
  #writeDirectory(offset: number): void {
    const { tableCount, directorySectors } = this.#layout;
    for (let from = 0; from < tableCount; from += directoryChunk) {
      const count = Math.min(directoryChunk, tableCount - from);
      const entries = Buffer.alloc(count * 4);
      for (let entry = 0; entry < count; entry++) {
        entries.writeUInt32LE(offset + directorySectors + (from + entry) * tableSectors, entry * 4);
      }
      this.#sink.write(offset * sectorBytes + from * 4, entries);
    }
  }
}
