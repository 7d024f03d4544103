/** What every resize in place needs: a size that can be, a tail that holds nothing, and zeros where the disk grows. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { FileChange } from '../bytes/patch.ts';
import type { ByteSource } from '../bytes/source.ts';
import { isZero } from '../bytes/zeros.ts';
import type { DiskReader, OpenContext } from './driver.ts';

const pieceBytes = 1 << 20;
const zeros = new Uint8Array(pieceBytes);

/** For looking at an image by itself: what it names is not opened. */
export const aloneContext: OpenContext = {
  openReference({ name }): never {
    throw new Failure('reference.denied', {
      reference: name,
      reason: inEnglish('only the image itself is looked at'),
    });
  },
};

/** @throws Failure `input.invalid` unless `capacityBytes` is a whole number of sectors, and at least one. */
export function requireWholeSectors(capacityBytes: number, sectorBytes: number): void {
  if (Number.isSafeInteger(capacityBytes) && capacityBytes > 0 && capacityBytes % sectorBytes === 0) return;
  const problem = inEnglish(
    'a disk of {capacityBytes} bytes is not a whole number of sectors of {sectorBytes} bytes',
    { capacityBytes, sectorBytes },
  );
  throw new Failure('input.invalid', { problem });
}

/**
 * Makes sure that nothing but zeros is stored from `capacityBytes` on. Reads what is stored there.
 * @throws Failure `input.invalid` naming where there is something.
 */
export function requireZerosFrom(reader: DiskReader, capacityBytes: number): void {
  const length = reader.capacityBytes - capacityBytes;
  if (length <= 0) return;
  const buffer = new Uint8Array(pieceBytes);
  for (const extent of reader.extents({ start: capacityBytes, length })) {
    if (extent.state !== 'stored') continue;
    for (let at = 0; at < extent.length; at += pieceBytes) {
      const piece = buffer.subarray(0, Math.min(pieceBytes, extent.length - at));
      extent.source.read(extent.fileOffset + at, piece);
      if (isZero(piece)) continue;
      const problem = inEnglish('the disk holds data at {start} bytes and after, which would be cut off', {
        start: extent.start + at,
      });
      throw new Failure('input.invalid', { problem });
    }
  }
}

/** What makes a span of the file (clipped to it) read as zeros, in order; nothing where it does already. */
export function zeroingChanges(file: ByteSource, span: Span): FileChange[] {
  const changes: FileChange[] = [];
  const buffer = new Uint8Array(pieceBytes);
  for (const run of file.runs(span)) {
    if (run.hole) continue;
    for (let at = 0; at < run.length; at += pieceBytes) {
      const piece = buffer.subarray(0, Math.min(pieceBytes, run.length - at));
      file.read(run.start + at, piece);
      // All changes share the same zeros.
      if (!isZero(piece))
        changes.push({ fileOffset: run.start + at, bytes: zeros.subarray(0, piece.length) });
    }
  }
  return changes;
}

/** A little-endian or big-endian number as a change of the file. */
export function numberChange(
  fileOffset: number,
  value: number,
  sizeBytes: 4 | 8,
  endian: 'le' | 'be',
): FileChange {
  const view = new DataView(new ArrayBuffer(sizeBytes));
  if (sizeBytes === 4) view.setUint32(0, value, endian === 'le');
  else view.setBigUint64(0, BigInt(value), endian === 'le');
  return { fileOffset, bytes: new Uint8Array(view.buffer) };
}
