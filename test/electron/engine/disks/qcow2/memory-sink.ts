/** Writes qcow2 images with the driver's own writer, into memory or through any sink. */
import type { ByteSink } from '#engine/bytes/sink.ts';
import { isZero } from '#engine/bytes/zeros.ts';
import { noContent } from '#engine/disks/content-identity.ts';
import type { TargetShape } from '#engine/disks/driver.ts';
import { writePlain } from '#engine/disks/placing.ts';
import { writeEncoded } from '../write-encoded.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';

/** A sink in memory that also keeps the offset and length of each write. */
export class MemorySink implements ByteSink {
  readonly writes: { fileOffset: number; length: number }[] = [];
  #bytes = new Uint8Array(1 << 16);
  #size = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  write(fileOffset: number, bytes: Uint8Array): void {
    this.writes.push({ fileOffset, length: bytes.length });
    this.truncate(Math.max(this.#size, fileOffset + bytes.length));
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

export interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export function shapeOf(capacityBytes: number, variant = 'plain', options: OptionValues = {}): TargetShape {
  return { capacityBytes, variant, options };
}

/** Writes `pieces`, each whole clusters (the last of the disk may be cut), as plain or encoded units; how many hold data. */
export function writePieces(sink: ByteSink, shape: TargetShape, pieces: readonly Piece[]): number {
  const creation = qcow2.creation!;
  const unitBytes = creation.unitBytes(shape);
  const encoder = creation.encoder!(shape);
  const writer = creation.writer(sink, shape);
  const encoded = new Uint8Array(encoder?.maximumBytes ?? 0);
  let units = 0;
  for (const { at, bytes } of pieces) {
    if (encoder === null) {
      writePlain(writer, at, bytes);
      units += Math.ceil(bytes.length / unitBytes);
      continue;
    }
    for (let offset = 0; offset < bytes.length; offset += unitBytes) {
      const unit = new Uint8Array(unitBytes);
      unit.set(bytes.subarray(offset, offset + unitBytes));
      if (isZero(unit)) continue;
      const length = encoder.encode(unit, encoded);
      writeEncoded(writer, at + offset, length < 0 ? unit : encoded.subarray(0, length), length < 0);
      units++;
    }
  }
  writer.finish(noContent);
  return units;
}

/** An image in memory. */
export function imageOf(shape: TargetShape, pieces: readonly Piece[]): Uint8Array {
  const sink = new MemorySink();
  writePieces(sink, shape, pieces);
  return sink.bytes.slice();
}
