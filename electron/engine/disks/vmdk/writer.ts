/** Writing a monolithicSparse VMDK: grains one behind the other after the tables, which have their fixed places. */
import type { ByteSink } from '../../bytes/sink.ts';
import type { DiskWriter, TargetShape } from '../driver.ts';
import { ContentDigest } from './content-id.ts';
import {
  compressionNone,
  flagRedundantGrainTable,
  flagValidNewLineDetection,
  newLineDetection,
  sectorBytes,
  sparseExtentHeader,
  sparseMagic,
} from './layout.ts';
import { descriptorOffsetSectors, descriptorSectors, newDescriptor } from './new-descriptor.ts';
import {
  grainBytes,
  grainSectors,
  requireNextUnit,
  requireReachable,
  sparseLayout,
  tableEntries,
  tableSectors,
  type SparseLayout,
} from './new-extent.ts';

/** The length of the file in bytes when `unitCount` grains hold data. */
export function monolithicSparseBytes(capacityBytes: number, unitCount: number): number {
  return sparseLayout(capacityBytes).overHead * sectorBytes + unitCount * grainBytes;
}

/** A table of 2 KiB may lie in two blocks of the file system. */
const tableBlocksBytes = 8192;

/** The most that such a file occupies: tables without grains are holes in it. */
export function monolithicSparseAllocation(capacityBytes: number, unitCount: number): number {
  const { tableCount, directorySectors } = sparseLayout(capacityBytes);
  const fixed = (1 + descriptorSectors + 2 * directorySectors) * sectorBytes + 4 * tableBlocksBytes;
  const tables = 2 * Math.min(tableCount, unitCount) * tableBlocksBytes;
  return Math.min(monolithicSparseBytes(capacityBytes, unitCount), fixed + tables + unitCount * grainBytes);
}

/** Directory entries that are written at once. */
const directoryChunk = 16384;

export class MonolithicSparseWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #shape: TargetShape;
  readonly #layout: SparseLayout;
  readonly #digest: ContentDigest;
  /** The table of the grains that are being written; it goes to the file when the next one begins. */
  readonly #table = Buffer.alloc(tableEntries * 4);
  #tableIndex = -1;
  #nextSector: number;
  #end = 0;

  constructor(sink: ByteSink, shape: TargetShape) {
    this.#sink = sink;
    this.#shape = shape;
    this.#layout = sparseLayout(shape.capacityBytes);
    this.#digest = new ContentDigest(shape);
    this.#nextSector = this.#layout.overHead;
  }

  writePlain(virtualOffset: number, data: Uint8Array): void {
    requireNextUnit(virtualOffset, data.length, this.#end, this.#shape.capacityBytes);
    const fileOffset = this.#nextSector * sectorBytes;
    for (let at = 0; at < data.length; at += grainBytes) {
      this.#digest.addUnit(virtualOffset + at, data.subarray(at, at + grainBytes));
      this.#place((virtualOffset + at) / grainBytes);
    }
    this.#sink.write(fileOffset, data);
    this.#end = virtualOffset + data.length;
  }

  /** Gives the grain with that number the next place in the file. */
  #place(grain: number): void {
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

  finish(): void {
    this.#writeTable();
    const { rgdOffset, gdOffset, overHead } = this.#layout;
    this.#writeDirectory(rgdOffset);
    this.#writeDirectory(gdOffset);
    const header = sparseExtentHeader.encode({
      magicNumber: sparseMagic,
      version: 1,
      flags: flagValidNewLineDetection | flagRedundantGrainTable,
      capacity: this.#shape.capacityBytes / sectorBytes,
      grainSize: grainSectors,
      descriptorOffset: descriptorOffsetSectors,
      descriptorSize: descriptorSectors,
      numGTEsPerGT: tableEntries,
      rgdOffset: BigInt(rgdOffset),
      gdOffset: BigInt(gdOffset),
      overHead,
      ...newLineDetection,
      compressAlgorithm: compressionNone,
    });
    const descriptor = newDescriptor(this.#shape, this.#digest.finish());
    this.#sink.write(descriptorOffsetSectors * sectorBytes, descriptor);
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
