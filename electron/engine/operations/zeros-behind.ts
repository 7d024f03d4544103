/** Whether the tail of a disk is unused, so that it can be cut off. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { isZero } from '../bytes/zeros.ts';
import type { Control } from '../control.ts';
import type { Disk } from '../disks/chain.ts';
import { dataSpans } from '../pipeline/chunks.ts';

/**
 * Makes sure that everything from `capacityBytes` on reads as zeros. @throws Failure `input.invalid` naming where data is.
 */
export function refuseDataBehind(
  disk: Disk,
  capacityBytes: number,
  control: Pick<Control, 'throwIfCancelled'>,
): void {
  const end = lastDataEnd(disk, capacityBytes, control);
  if (end === null) return;
  throw new Failure('input.invalid', {
    problem: inEnglish('the disk holds data up to byte {end}: it cannot be cut to {capacityBytes} bytes', {
      end,
      capacityBytes,
    }),
  });
}

const blockBytes = 1 << 20;

/** Where the last byte behind `from` that is not zero ends; null when there is none. */
function lastDataEnd(disk: Disk, from: number, control: Pick<Control, 'throwIfCancelled'>): number | null {
  if (from >= disk.capacityBytes) return null;
  const spans: Span[] = [];
  for (const span of dataSpans(disk)) {
    if (span.start + span.length > from) spans.push(span);
  }
  const block = new Uint8Array(blockBytes);
  for (const span of spans.reverse()) {
    const start = Math.max(span.start, from);
    for (let end = span.start + span.length; end > start; end -= Math.min(blockBytes, end - start)) {
      control.throwIfCancelled();
      const part = block.subarray(0, Math.min(blockBytes, end - start));
      disk.read(end - part.length, part);
      if (isZero(part)) continue;
      let last = part.length;
      while (part[last - 1] === 0) last--;
      return end - part.length + last;
    }
  }
  return null;
}
