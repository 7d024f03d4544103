/** Writes VMDKs with the driver's own writer, unit by unit as the engine does. */
import type { ByteSink } from '#engine/bytes/sink.ts';
import { isZero } from '#engine/bytes/zeros.ts';
import type { TargetShape } from '#engine/disks/driver.ts';
import { writePlain } from '#engine/disks/placing.ts';
import { writeEncoded } from '../write-encoded.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import { ChunkContent } from '#engine/pipeline/content.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';

/** A sink in memory, without the abilities of a file. */
export class MemorySink implements ByteSink {
  #bytes = new Uint8Array(1 << 16);
  #size = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  write(fileOffset: number, bytes: Uint8Array): void {
    if (fileOffset + bytes.length > this.#size) this.truncate(fileOffset + bytes.length);
    this.#bytes.set(bytes, fileOffset);
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(sizeBytes, this.#bytes.length * 2));
      grown.set(this.bytes);
      this.#bytes = grown;
    }
    this.#size = sizeBytes;
  }
}

/** An output in memory that may have several files. */
export class MemoryOutput extends MemorySink {
  readonly name: string;
  readonly siblings = new Map<string, MemorySink>();

  constructor(name: string) {
    super();
    this.name = name;
  }

  sibling(name: string): ByteSink {
    const sink = new MemorySink();
    this.siblings.set(name, sink);
    return sink;
  }
}

export interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Those of one file. */
export const variants = ['monolithicSparse', 'streamOptimized'] as const;
export const fileVariants = ['monolithicFlat', 'twoGbMaxExtentSparse', 'twoGbMaxExtentFlat'] as const;

export function shapeOf(
  capacityBytes: number,
  variant: string = variants[0],
  options: OptionValues = {},
): TargetShape {
  const defaults = Object.fromEntries(vmdk.creation!.options.map((option) => [option.name, option.default]));
  return { capacityBytes, variant, options: { ...defaults, ...options } };
}

/**
 * Writes `pieces`, ascending, each beginning at a unit.
 * @param unitsPerCall how many plain units are given at once.
 * @returns how many units hold data.
 */
export function writePieces(
  sink: ByteSink,
  shape: TargetShape,
  pieces: readonly Piece[],
  unitsPerCall = 1,
): number {
  const creation = vmdk.creation!;
  const unitBytes = creation.unitBytes(shape);
  const encoder = creation.encoder!(shape);
  const writer = creation.writer(sink, shape);
  const content = new ChunkContent();
  let units = 0;
  for (const { at, bytes } of pieces) {
    const step = encoder === null ? unitBytes * unitsPerCall : unitBytes;
    for (let offset = 0; offset < bytes.length; offset += step) {
      const unit = bytes.subarray(offset, offset + step);
      if (isZero(unit)) continue;
      units += Math.ceil(unit.length / unitBytes);
      for (let from = 0; from < unit.length; from += unitBytes) {
        content.addSampledUnit(at + offset + from, unit.subarray(from, from + unitBytes));
      }
      if (encoder === null) {
        writePlain(writer, at + offset, unit);
        continue;
      }
      const encoded = new Uint8Array(encoder.maximumBytes);
      const length = encoder.encode(unit, encoded);
      writeEncoded(writer, at + offset, encoded.subarray(0, length), false);
    }
  }
  writer.finish(content.finish());
  return units;
}

/** An image in memory. */
export function imageOf(shape: TargetShape, pieces: readonly Piece[]): Uint8Array {
  const sink = new MemorySink();
  writePieces(sink, shape, pieces);
  return sink.bytes.slice();
}
