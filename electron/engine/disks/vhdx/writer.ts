/** Writes VHDX images, fixed and dynamic, as [MS-VHDX] lays them out and Hyper-V demands. */
import type { ByteSink } from '../../bytes/sink.ts';
import type { DiskWriter, Place, TargetShape } from '../driver.ts';
import { ContentIdentity } from '../content-identity.ts';
import { encodeHeaders, encodeIdentifier, encodeMetadata, encodeRegionTable } from './encoding.ts';
import { blockState, headerOffsets, regionTableOffsets } from './layout.ts';
import { entryBytes, fileBytes, targetGeometry, type TargetGeometry } from './target-geometry.ts';

const pageEntries = 8192;

export class VhdxWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;
  /** The part of the table that is being filled: units come in ascending order. */
  readonly #page = new DataView(new ArrayBuffer(pageEntries * entryBytes));
  #pageNumber = 0;
  #presentBlocks = 0;
  #lastBlock = -1;

  constructor(sink: ByteSink, shape: TargetShape) {
    this.#sink = sink;
    this.#geometry = targetGeometry(shape);
  }

  placePlain(virtualOffset: number, lengthBytes: number): readonly Place[] {
    const { isFixed, blockBytes, blocksOffset } = this.#geometry;
    const sink = this.#sink;
    if (isFixed) return [{ sink, fileOffset: blocksOffset + virtualOffset, virtualOffset, lengthBytes }];
    const places: Place[] = [];
    for (let at = 0; at < lengthBytes;) {
      const block = Math.floor((virtualOffset + at) / blockBytes);
      const offsetInBlock = virtualOffset + at - block * blockBytes;
      const length = Math.min(lengthBytes - at, blockBytes - offsetInBlock);
      // A block larger than a unit comes in pieces, one after the other.
      if (block !== this.#lastBlock) this.#addBlock(block);
      const fileOffset = fileBytes(this.#geometry, this.#presentBlocks - 1) + offsetInBlock;
      places.push({ sink, fileOffset, virtualOffset: virtualOffset + at, lengthBytes: length });
      at += length;
    }
    return places;
  }

  finish(content: Uint8Array): void {
    const geometry = this.#geometry;
    const { isFixed, capacityBytes, blockBytes, logicalSectorBytes } = geometry;
    const kind = ['vhdx', isFixed ? 'fixed' : 'dynamic', capacityBytes, blockBytes, logicalSectorBytes];
    const identity = new ContentIdentity(kind, content);
    if (geometry.isFixed) for (let block = 0; block < geometry.blockCount; block++) this.#addBlock(block);
    this.#turnTo(Math.ceil(geometry.entryCount / pageEntries));
    this.#sink.write(0, encodeIdentifier());
    for (const [index, bytes] of encodeHeaders(geometry, identity).entries()) {
      this.#sink.write(headerOffsets[index]!, bytes);
    }
    const regionTable = encodeRegionTable(geometry);
    for (const offset of regionTableOffsets) this.#sink.write(offset, regionTable);
    this.#sink.write(geometry.metadata.start, encodeMetadata(geometry, identity));
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
