/** The partitions of a UDF volume: where a block of one lies, through sparing, metadata and virtual tables. */
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../../bytes/source.ts';
import { readBytes } from '../../../bytes/source.ts';
import { PiecedSource, type Piece } from '../../optical/pieced-source.ts';
import { malformed } from './layout.ts';

/** What turns blocks of a partition into places on the volume. */
export interface BlockSpace {
  /** In words, for the details. */
  readonly title: string;
  /** The pieces of `lengthBytes` from `block` on. @throws Failure `image.malformed`. */
  locate(block: number, lengthBytes: number): Piece[];
}

export function outside(block: number, lengthBytes: number, title: string): Error {
  const problem = inEnglish('block {block} and {lengthBytes} bytes on are not in the {title} partition', {
    block,
    lengthBytes,
    title,
  });
  return malformed('extent', 'location', 0, problem);
}

/** Type 1: blocks lie one after the other. */
export class PhysicalSpace implements BlockSpace {
  readonly title: string = 'physical';
  readonly #start: number;
  readonly #blocks: number;
  readonly #blockBytes: number;

  constructor(start: number, blocks: number, blockBytes: number) {
    this.#start = start;
    this.#blocks = blocks;
    this.#blockBytes = blockBytes;
  }

  locate(block: number, lengthBytes: number): Piece[] {
    if (block + Math.ceil(lengthBytes / this.#blockBytes) > this.#blocks) {
      throw outside(block, lengthBytes, this.title);
    }
    return [{ length: lengthBytes, volumeOffset: (this.#start + block) * this.#blockBytes }];
  }
}

/** Packets that went bad are elsewhere on the volume (UDF 2.2.9). */
export class SparableSpace implements BlockSpace {
  readonly title = 'sparable';
  readonly #physical: BlockSpace;
  readonly #packetBlocks: number;
  readonly #blockBytes: number;
  /** First block of a packet in the partition → its place on the volume, in blocks. */
  readonly #spared: ReadonlyMap<number, number>;

  constructor(
    physical: BlockSpace,
    packetBlocks: number,
    blockBytes: number,
    spared: ReadonlyMap<number, number>,
  ) {
    this.#physical = physical;
    this.#packetBlocks = packetBlocks;
    this.#blockBytes = blockBytes;
    this.#spared = spared;
  }

  locate(block: number, lengthBytes: number): Piece[] {
    const whole = this.#physical.locate(block, lengthBytes);
    if (this.#spared.size === 0) return whole;
    const pieces: Piece[] = [];
    for (let done = 0; done < lengthBytes;) {
      const at = block + done / this.#blockBytes;
      const packet = at - (at % this.#packetBlocks);
      const left = (packet + this.#packetBlocks - at) * this.#blockBytes;
      const length = Math.min(lengthBytes - done, left);
      const spared = this.#spared.get(packet);
      if (spared === undefined) pieces.push(...this.#physical.locate(at, length));
      else pieces.push({ length, volumeOffset: (spared + at - packet) * this.#blockBytes });
      done += length;
    }
    return joined(pieces);
  }
}

/** A file whose bytes are the partition (UDF 2.2.10): all metadata together. */
export class MetadataSpace implements BlockSpace {
  readonly title: string;
  readonly #pieces: readonly Piece[];
  readonly #blockBytes: number;

  /** `pieces` are those of the metadata file, or of its mirror. */
  constructor(pieces: readonly Piece[], blockBytes: number, mirrored: boolean) {
    this.title = mirrored ? 'metadata (mirror)' : 'metadata';
    this.#pieces = pieces;
    this.#blockBytes = blockBytes;
  }

  locate(block: number, lengthBytes: number): Piece[] {
    let skip = block * this.#blockBytes;
    let wanted = lengthBytes;
    const found: Piece[] = [];
    for (const { length, volumeOffset } of this.#pieces) {
      if (wanted === 0) break;
      if (skip >= length) {
        skip -= length;
        continue;
      }
      const taken = Math.min(wanted, length - skip);
      found.push({ length: taken, volumeOffset: volumeOffset === null ? null : volumeOffset + skip });
      wanted -= taken;
      skip = 0;
    }
    if (wanted > 0) throw outside(block, lengthBytes, this.title);
    return found;
  }
}

/** Every block by a table of its own (UDF 2.2.8 and 2.2.11): media that can be written once. */
export class VirtualSpace implements BlockSpace {
  readonly title = 'virtual';
  readonly #physical: BlockSpace;
  readonly #table: ByteSource;
  readonly #blockBytes: number;

  /** `table` holds 32-bit places in the physical partition, and nothing else. */
  constructor(physical: BlockSpace, table: ByteSource, blockBytes: number) {
    this.#physical = physical;
    this.#table = table;
    this.#blockBytes = blockBytes;
  }

  locate(block: number, lengthBytes: number): Piece[] {
    const blocks = Math.ceil(lengthBytes / this.#blockBytes);
    if ((block + blocks) * 4 > this.#table.sizeBytes) throw outside(block, lengthBytes, this.title);
    const pieces: Piece[] = [];
    for (let done = 0; done < blocks; done++) {
      const entry = readBytes(this.#table, (block + done) * 4, 4);
      const place = new DataView(entry.buffer).getUint32(0, true);
      const length = Math.min(this.#blockBytes, lengthBytes - done * this.#blockBytes);
      pieces.push(...this.#physical.locate(place, length));
    }
    return joined(pieces);
  }
}

/** Neighbours that follow each other as one. */
export function joined(pieces: readonly Piece[]): Piece[] {
  const found: Piece[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    const follows =
      last !== undefined &&
      (last.volumeOffset === null
        ? piece.volumeOffset === null
        : piece.volumeOffset === last.volumeOffset + last.length);
    if (follows) found[found.length - 1] = { ...last, length: last.length + piece.length };
    else found.push(piece);
  }
  return found;
}

/** The partitions in the order of the logical volume's map, by which extents name them. */
export class PartitionTable {
  readonly blockBytes: number;
  readonly spaces: BlockSpace[] = [];
  readonly #volume: ByteSource;

  constructor(volume: ByteSource, blockBytes: number) {
    this.#volume = volume;
    this.blockBytes = blockBytes;
  }

  /** @throws Failure `image.malformed`. */
  locate(partition: number, block: number, lengthBytes: number): Piece[] {
    const space = this.spaces[partition];
    if (space === undefined) {
      throw malformed(
        'extent',
        'partition',
        0,
        inEnglish('there is no partition {partition}', { partition }),
      );
    }
    return space.locate(block, lengthBytes);
  }

  /** The bytes of an extent, at most a few blocks. @throws Failure `image.*`. */
  read(partition: number, block: number, lengthBytes: number): Uint8Array {
    const source = this.source(this.locate(partition, block, lengthBytes), 'descriptor');
    return readBytes(source, 0, lengthBytes);
  }

  source(pieces: readonly Piece[], path: string): ByteSource {
    return new PiecedSource(this.#volume, pieces, path);
  }
}
