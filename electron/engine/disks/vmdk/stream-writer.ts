/** Writing a streamOptimized VMDK: deflated grains with their markers, each table behind its grains, the directory at the end. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSink } from '../../bytes/sink.ts';
import { deflateBound, deflater } from '../compression/deflate.ts';
import type { DiskWriter, OutputSize, Place, TargetShape, UnitEncoder } from '../driver.ts';
import { contentId } from './content-id.ts';
import {
  compressionDeflate,
  flagCompressed,
  flagMarkers,
  flagValidNewLineDetection,
  grainDirectoryAtEnd,
  grainMarker,
  markerEndOfStream,
  markerFooter,
  markerGrainDirectory,
  markerGrainTable,
  metadataMarker,
  newLineDetection,
  sectorBytes,
  sparseExtentHeader,
  sparseMagic,
} from './layout.ts';
import { descriptorOffsetSectors, descriptorSectors, newEmbeddedDescriptor } from './new-descriptor.ts';
import {
  grainBytes,
  grainSectors,
  requireNextUnit,
  requireReachable,
  tableEntries,
  tableSectors,
  tableSpanBytes,
} from './new-extent.ts';

/** Where the first grain is: VMware's own place, and VirtualBox reads on from there. */
const overHeadSectors = 128;
/** Version 3 is what VMware writes for these, whatever the specification says. */
const version = 3;
const maximumGrainSectors = sectorsOf(grainMarker.sizeBytes + deflateBound(grainBytes));

/** The most bytes that the file can be long when `unitCount` grains hold data. */
export function streamOptimizedSize(capacityBytes: number, unitCount: number): OutputSize {
  const tableCount = Math.ceil(capacityBytes / tableSpanBytes);
  const tables = Math.min(tableCount, unitCount) * (1 + tableSectors);
  const end = 1 + sectorsOf(tableCount * 4) + 3;
  const sectors = overHeadSectors + unitCount * maximumGrainSectors + tables + end;
  return { bytes: sectors * sectorBytes, exact: false };
}

/** Level 4 of libdeflate takes half of the time that its 6 does, for grains that are within 2 % of zlib's at 6. */
const deflateLevel = { libdeflate: 4, zlib: 6 };

/** Deflates grains. The format has no plain grains in a compressed extent, so none is ever declined. */
export const grainEncoder: UnitEncoder = {
  maximumBytes: deflateBound(grainBytes),
  encode(unit, into) {
    // VirtualBox wants every grain whole, the last one too.
    const whole = unit.length === grainBytes ? unit : padded(unit);
    const length = deflater({ framing: 'zlib', level: deflateLevel }).compress(whole, into);
    if (length < 0) {
      throw new Failure('internal', {
        problem: inEnglish('a grain does not deflate into {count} bytes', { count: into.length }),
      });
    }
    return length;
  },
};

function padded(unit: Uint8Array): Uint8Array {
  const whole = new Uint8Array(grainBytes);
  whole.set(unit);
  return whole;
}

export class StreamOptimizedWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #shape: TargetShape;
  readonly #directory: Uint32Array;
  /** The marker and the table of the grains that are being written. */
  readonly #table = Buffer.alloc((1 + tableSectors) * sectorBytes);
  #tableIndex = -1;
  #nextSector = overHeadSectors;
  /** Where the last grain's bytes end: up to the next sector zeros are due. */
  #grainEnd = overHeadSectors * sectorBytes;
  #end = 0;

  constructor(sink: ByteSink, shape: TargetShape) {
    this.#sink = sink;
    this.#shape = shape;
    this.#directory = new Uint32Array(Math.ceil(shape.capacityBytes / tableSpanBytes));
  }

  placeEncoded(virtualOffset: number, lengthBytes: number, stored: boolean): Place {
    const { capacityBytes } = this.#shape;
    if (stored || lengthBytes > grainEncoder.maximumBytes) {
      throw new Failure('internal', {
        problem: inEnglish('the grains of a streamOptimized VMDK are deflated'),
      });
    }
    const unitBytes = Math.min(grainBytes, capacityBytes - virtualOffset);
    requireNextUnit(virtualOffset, unitBytes, this.#end, capacityBytes);
    this.#place(virtualOffset / grainBytes);
    this.#end = virtualOffset + unitBytes;
    this.#write(grainMarker.encode({ lba: virtualOffset / sectorBytes, size: lengthBytes }));
    const fileOffset = this.#nextSector * sectorBytes + grainMarker.sizeBytes;
    this.#grainEnd = fileOffset + lengthBytes;
    this.#nextSector += sectorsOf(grainMarker.sizeBytes + lengthBytes);
    return { sink: this.#sink, fileOffset, virtualOffset, lengthBytes };
  }

  /** Notes the next place in the file for the grain with that number. */
  #place(grain: number): void {
    const index = Math.floor(grain / tableEntries);
    if (index !== this.#tableIndex) {
      this.#writeTable();
      this.#tableIndex = index;
    }
    requireReachable(this.#nextSector);
    this.#table.writeUInt32LE(this.#nextSector, sectorBytes + (grain % tableEntries) * 4);
  }

  /** Tables without grains are left out, as VMware does: their directory entries are 0. */
  #writeTable(): void {
    if (this.#tableIndex < 0) return;
    requireReachable(this.#nextSector + 1);
    metadataMarker.encode({ val: BigInt(tableSectors), size: 0, type: markerGrainTable }, this.#table);
    this.#directory[this.#tableIndex] = this.#nextSector + 1;
    this.#append(this.#table);
    this.#table.fill(0);
  }

  finish(content: Uint8Array): void {
    this.#writeTable();
    const directorySectors = sectorsOf(this.#directory.length * 4);
    this.#append(
      metadataMarker.encode({ val: BigInt(directorySectors), size: 0, type: markerGrainDirectory }),
    );
    const gdOffset = this.#nextSector;
    const directory = Buffer.alloc(directorySectors * sectorBytes);
    for (const [index, sector] of this.#directory.entries()) directory.writeUInt32LE(sector, index * 4);
    this.#append(directory);
    this.#append(metadataMarker.encode({ val: 1n, size: 0, type: markerFooter }));
    this.#append(this.#header(BigInt(gdOffset)));
    this.#append(metadataMarker.encode({ val: 0n, size: 0, type: markerEndOfStream }));
    const descriptor = newEmbeddedDescriptor(this.#shape, contentId(this.#shape, content));
    this.#sink.write(descriptorOffsetSectors * sectorBytes, descriptor);
    this.#sink.write(0, this.#header(grainDirectoryAtEnd));
    this.#sink.truncate(this.#nextSector * sectorBytes);
  }

  #header(gdOffset: bigint): Uint8Array {
    return sparseExtentHeader.encode({
      magicNumber: sparseMagic,
      version,
      flags: flagValidNewLineDetection | flagCompressed | flagMarkers,
      capacity: this.#shape.capacityBytes / sectorBytes,
      grainSize: grainSectors,
      descriptorOffset: descriptorOffsetSectors,
      descriptorSize: descriptorSectors,
      numGTEsPerGT: tableEntries,
      gdOffset,
      overHead: overHeadSectors,
      ...newLineDetection,
      compressAlgorithm: compressionDeflate,
    });
  }

  /** Writes whole sectors at the end. */
  #append(bytes: Uint8Array): void {
    this.#write(bytes);
    this.#nextSector += bytes.length / sectorBytes;
    this.#grainEnd = this.#nextSector * sectorBytes;
  }

  /** Writes bytes from the next sector on, together with the zeros that are due before it: so the file grows gapless. */
  #write(bytes: Uint8Array): void {
    const padding = this.#nextSector * sectorBytes - this.#grainEnd;
    const padded = new Uint8Array(padding + bytes.length);
    padded.set(bytes, padding);
    this.#sink.write(this.#grainEnd, padded);
  }
}

function sectorsOf(bytes: number): number {
  return Math.ceil(bytes / sectorBytes);
}
