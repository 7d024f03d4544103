/** Writes VDI images: blocks as they come, the block map and the header at the end. */
import type { ByteSink } from '../../bytes/sink.ts';
import type { DiskWriter, Place, TargetShape } from '../driver.ts';
import { ContentIdentity } from '../content-identity.ts';
import { givenUuid, guidBytes } from '../uuids.ts';
import {
  alignmentBytes,
  blockFree,
  header1,
  header1PlusBytes,
  imageType,
  logicalGeometry,
  logicalGeometryOffset,
  sectorBytes,
  signature,
  usualBlockBytes,
  version11,
} from './layout.ts';

/** What a static image leaves as a hole where it is all zeros. */
export const staticUnitBytes = 65536;

/** The parts of an image to be written; sizes and offsets in bytes. */
export interface TargetGeometry {
  readonly capacityBytes: number;
  readonly isStatic: boolean;
  readonly blockCount: number;
  readonly dataOffset: number;
  readonly unitBytes: number;
}

export function targetGeometry({ capacityBytes, variant }: TargetShape): TargetGeometry {
  const blockCount = Math.ceil(capacityBytes / usualBlockBytes);
  const mapEnd = alignmentBytes + blockCount * 4;
  const isStatic = variant === 'static';
  return {
    capacityBytes,
    isStatic,
    blockCount,
    dataOffset: Math.ceil(mapEnd / alignmentBytes) * alignmentBytes,
    unitBytes: isStatic ? staticUnitBytes : usualBlockBytes,
  };
}

/** The size of the file when `unitCount` units hold data. */
export function fileBytes(geometry: TargetGeometry, unitCount: number): number {
  const { isStatic, blockCount, dataOffset } = geometry;
  return dataOffset + (isStatic ? blockCount : unitCount) * usualBlockBytes;
}

const pageEntries = 16384;

export class VdiWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;
  readonly #variant: string;
  readonly #uuid: string | null;
  /** The part of the block map that is being filled: units come in ascending order. */
  readonly #page = new DataView(new ArrayBuffer(pageEntries * 4));
  #pageNumber = 0;
  #allocatedBlocks = 0;

  constructor(sink: ByteSink, shape: TargetShape) {
    this.#sink = sink;
    this.#geometry = targetGeometry(shape);
    this.#variant = shape.variant;
    this.#uuid = givenUuid(shape.options);
    this.#clearPage();
  }

  placePlain(virtualOffset: number, lengthBytes: number): readonly Place[] {
    const { isStatic, dataOffset } = this.#geometry;
    const offset = isStatic ? virtualOffset : this.#allocatedBlocks * usualBlockBytes;
    if (!isStatic) {
      const first = virtualOffset / usualBlockBytes;
      const count = Math.ceil(lengthBytes / usualBlockBytes);
      for (let block = first; block < first + count; block++) this.#setEntry(block, this.#allocatedBlocks++);
    }
    return [{ sink: this.#sink, fileOffset: dataOffset + offset, virtualOffset, lengthBytes }];
  }

  finish(content: Uint8Array): void {
    const { isStatic, blockCount } = this.#geometry;
    if (isStatic) {
      for (let block = 0; block < blockCount; block++) this.#setEntry(block, block);
      this.#allocatedBlocks = blockCount;
    }
    this.#turnTo(Math.ceil(blockCount / pageEntries));
    this.#sink.write(0, this.#encodeHeader(content));
    this.#sink.truncate(fileBytes(this.#geometry, this.#allocatedBlocks));
  }

  #setEntry(block: number, entry: number): void {
    const number = Math.floor(block / pageEntries);
    this.#turnTo(number);
    this.#page.setUint32((block - number * pageEntries) * 4, entry, true);
  }

  /** Writes the pages before `number`, the last cut to the number of blocks. */
  #turnTo(number: number): void {
    while (this.#pageNumber < number) {
      const first = this.#pageNumber * pageEntries;
      const entries = Math.min(pageEntries, this.#geometry.blockCount - first);
      this.#sink.write(alignmentBytes + first * 4, new Uint8Array(this.#page.buffer, 0, entries * 4));
      this.#pageNumber++;
      this.#clearPage();
    }
  }

  #clearPage(): void {
    for (let at = 0; at < this.#page.byteLength; at += 4) this.#page.setUint32(at, blockFree, true);
  }

  #encodeHeader(content: Uint8Array): Uint8Array {
    const { capacityBytes, isStatic, blockCount, dataOffset } = this.#geometry;
    const identity = new ContentIdentity(['vdi', this.#variant, capacityBytes], content);
    const header = new Uint8Array(logicalGeometryOffset + logicalGeometry.sizeBytes);
    header1.encode(
      {
        szFileInfo: new TextEncoder().encode('<<< Platter VirtualBox Disk Image >>>\n'),
        u32Signature: signature,
        u32Version: version11,
        cbHeader: header1PlusBytes,
        u32Type: isStatic ? imageType.static : imageType.dynamic,
        offBlocks: alignmentBytes,
        offData: dataOffset,
        legacySectorBytes: sectorBytes,
        cbDisk: capacityBytes,
        cbBlock: usualBlockBytes,
        cBlocks: blockCount,
        cBlocksAllocated: this.#allocatedBlocks,
        uuidCreate: this.#uuid === null ? identity.guid('creation') : guidBytes(this.#uuid),
        uuidModify: identity.guid('modification'),
      },
      header,
    );
    return logicalGeometry.encode({ cbSector: sectorBytes }, header, logicalGeometryOffset);
  }
}
