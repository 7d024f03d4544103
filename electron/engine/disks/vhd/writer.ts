/** Writes VHDs, fixed and dynamic, whose current size is the size whatever the geometry says. */
import type { ByteSink } from '../../bytes/sink.ts';
import type { DiskWriter, Place, TargetShape } from '../driver.ts';
import { ContentIdentity } from '../content-identity.ts';
import { givenUuid, uuidBytes } from '../uuids.ts';
import { geometryFor } from './geometry.ts';
import {
  bitmapBytesFor,
  checksumOf,
  diskType,
  dynamicHeader,
  dynamicHeaderCookie,
  footer,
  footerCookie,
  noOffset,
  reservedFeature,
  roundUp,
  sectorBytes,
  unallocated,
  usualBlockBytes,
  version1,
} from './layout.ts';

/** What a fixed disk leaves as a hole where it is all zeros. */
const fixedUnitBytes = 65536;
const headerOffset = footer.sizeBytes;
const tableOffset = headerOffset + dynamicHeader.sizeBytes;
const bitmapBytes = bitmapBytesFor(usualBlockBytes);

/** The parts of an image to be written; sizes and offsets in bytes. */
export interface TargetGeometry {
  readonly capacityBytes: number;
  readonly isFixed: boolean;
  readonly unitBytes: number;
  readonly blockCount: number;
  /** Where the first block of a dynamic disk begins. */
  readonly blocksOffset: number;
  /** Null where it follows from the content. */
  readonly uuid: string | null;
}

export function targetGeometry({ capacityBytes, variant, options }: TargetShape): TargetGeometry {
  const isFixed = variant === 'fixed';
  const blockCount = Math.ceil(capacityBytes / usualBlockBytes);
  return {
    capacityBytes,
    isFixed,
    unitBytes: isFixed ? fixedUnitBytes : usualBlockBytes,
    blockCount,
    blocksOffset: tableOffset + roundUp(blockCount * 4, sectorBytes),
    uuid: givenUuid(options),
  };
}

/** The size of the file when `unitCount` units hold data. */
export function fileBytes(geometry: TargetGeometry, unitCount: number): number {
  const { isFixed, capacityBytes, blocksOffset } = geometry;
  const dataEnd = isFixed ? capacityBytes : blocksOffset + unitCount * (bitmapBytes + usualBlockBytes);
  return dataEnd + footer.sizeBytes;
}

export function createVhdWriter(sink: ByteSink, shape: TargetShape): DiskWriter {
  const geometry = targetGeometry(shape);
  return geometry.isFixed ? new FixedWriter(sink, geometry) : new DynamicWriter(sink, geometry);
}

class FixedWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;

  constructor(sink: ByteSink, geometry: TargetGeometry) {
    this.#sink = sink;
    this.#geometry = geometry;
  }

  placePlain(virtualOffset: number, lengthBytes: number): readonly Place[] {
    return [{ sink: this.#sink, fileOffset: virtualOffset, virtualOffset, lengthBytes }];
  }

  finish(content: Uint8Array): void {
    const { capacityBytes } = this.#geometry;
    this.#sink.write(capacityBytes, encodeFooter(this.#geometry, noOffset, content));
  }
}

const pageEntries = 16384;

class DynamicWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;
  readonly #fullBitmap = new Uint8Array(bitmapBytes).fill(0xff);
  /** The part of the table that is being filled: units come in ascending order. */
  readonly #page = new DataView(new ArrayBuffer(pageEntries * 4));
  #pageNumber = 0;
  #allocatedBlocks = 0;

  constructor(sink: ByteSink, geometry: TargetGeometry) {
    this.#sink = sink;
    this.#geometry = geometry;
    this.#clearPage();
  }

  placePlain(virtualOffset: number, lengthBytes: number): readonly Place[] {
    const places: Place[] = [];
    for (let at = 0; at < lengthBytes; at += usualBlockBytes) {
      const block = (virtualOffset + at) / usualBlockBytes;
      const fileOffset = this.#nextOffset();
      this.#setEntry(block, fileOffset / sectorBytes);
      this.#sink.write(fileOffset, this.#fullBitmap);
      places.push({
        sink: this.#sink,
        fileOffset: fileOffset + bitmapBytes,
        virtualOffset: virtualOffset + at,
        lengthBytes: Math.min(usualBlockBytes, lengthBytes - at),
      });
      this.#allocatedBlocks++;
    }
    return places;
  }

  finish(content: Uint8Array): void {
    const { blockCount } = this.#geometry;
    this.#turnTo(Math.ceil(blockCount / pageEntries));
    const end = encodeFooter(this.#geometry, BigInt(headerOffset), content);
    this.#sink.write(0, end);
    this.#sink.write(headerOffset, encodeDynamicHeader(blockCount));
    this.#sink.write(this.#nextOffset(), end);
  }

  #nextOffset(): number {
    return this.#geometry.blocksOffset + this.#allocatedBlocks * (bitmapBytes + usualBlockBytes);
  }

  #setEntry(block: number, sector: number): void {
    const number = Math.floor(block / pageEntries);
    this.#turnTo(number);
    this.#page.setUint32((block - number * pageEntries) * 4, sector);
  }

  /** Writes the pages before `number`, the last cut where the table's last sector ends. */
  #turnTo(number: number): void {
    const tableBytes = this.#geometry.blocksOffset - tableOffset;
    while (this.#pageNumber < number) {
      const at = this.#pageNumber * pageEntries * 4;
      const lengthBytes = Math.min(pageEntries * 4, tableBytes - at);
      this.#sink.write(tableOffset + at, new Uint8Array(this.#page.buffer, 0, lengthBytes));
      this.#pageNumber++;
      this.#clearPage();
    }
  }

  #clearPage(): void {
    for (let at = 0; at < this.#page.byteLength; at += 4) this.#page.setUint32(at, unallocated);
  }
}

/**
 * The footer as Hyper-V writes it: of its creator everyone, qemu 7.2 included, believes the current size. The time
 * stamp is that of 1 January 2000, so that the same disk gives the same file.
 */
function encodeFooter(
  { capacityBytes, isFixed, uuid }: TargetGeometry,
  dataOffset: bigint,
  content: Uint8Array,
): Uint8Array {
  const identity = new ContentIdentity(['vhd', isFixed ? 'fixed' : 'dynamic', capacityBytes], content);
  const bytes = footer.encode({
    cookie: footerCookie,
    features: reservedFeature,
    fileFormatVersion: version1,
    dataOffset,
    creatorApplication: 'win ',
    creatorVersion: 0x000a0000,
    creatorHostOs: 'Wi2k',
    originalSize: BigInt(capacityBytes),
    currentSize: capacityBytes,
    ...geometryFor(capacityBytes),
    diskType: isFixed ? diskType.fixed : diskType.dynamic,
    uniqueId: uuid === null ? identity.uuid('unique ID') : uuidBytes(uuid),
  });
  return footer.encode({ checksum: checksumOf(bytes, footer.fields.checksum.offset) }, bytes);
}

function encodeDynamicHeader(blockCount: number): Uint8Array {
  const bytes = dynamicHeader.encode({
    cookie: dynamicHeaderCookie,
    dataOffset: noOffset,
    tableOffset,
    headerVersion: version1,
    maxTableEntries: blockCount,
    blockSize: usualBlockBytes,
  });
  return dynamicHeader.encode({ checksum: checksumOf(bytes, dynamicHeader.fields.checksum.offset) }, bytes);
}
