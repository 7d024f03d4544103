/** Giving a raw disk another size: a longer file, or a shorter one where only zeros are cut off. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { FilePatch } from '../../bytes/patch.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { isZero } from '../../bytes/zeros.ts';

/** The tail is looked through from its end in windows, so that the list of their runs stays short. */
const windowBytes = 2 ** 30;
const blockBytes = 1 << 20;

/** @throws Failure `input.invalid` when data lies behind the new end, naming the last byte of it. */
export function resizeRaw(file: ByteSource, capacityBytes: number): FilePatch {
  if (!Number.isSafeInteger(capacityBytes) || capacityBytes < 1) {
    throw new Failure('input.invalid', {
      problem: inEnglish('a disk of {capacityBytes} bytes cannot be', { capacityBytes }),
    });
  }
  const { sizeBytes } = file;
  if (capacityBytes < sizeBytes) {
    const last = lastUsedOffset(file, { start: capacityBytes, length: sizeBytes - capacityBytes });
    if (last !== null) {
      throw new Failure('input.invalid', {
        problem: inEnglish(
          'the disk cannot shrink to {capacityBytes} bytes: its last used byte is at {last}',
          { capacityBytes, last },
        ),
      });
    }
  }
  const step = capacityBytes < sizeBytes ? 'shrinks' : 'grows';
  return {
    changes: [],
    sizeBytes: capacityBytes,
    summary: [`The file ${step} from ${sizeBytes} to ${capacityBytes} bytes.`],
  };
}

/** The offset of the last byte of `span` that is not zero; null when all are. */
function lastUsedOffset(file: ByteSource, span: Span): number | null {
  let end = span.start + span.length;
  const block = new Uint8Array(Math.min(blockBytes, span.length));
  while (end > span.start) {
    const start = Math.max(span.start, end - windowBytes);
    const runs = [...file.runs({ start, length: end - start })].filter(({ hole }) => !hole);
    for (const run of runs.reverse()) {
      const last = lastUsedInRun(file, run, block);
      if (last !== null) return last;
    }
    end = start;
  }
  return null;
}

function lastUsedInRun(file: ByteSource, run: Span, block: Uint8Array): number | null {
  for (let end = run.start + run.length; end > run.start;) {
    const start = Math.max(run.start, end - block.length);
    const bytes = block.subarray(0, end - start);
    file.read(start, bytes);
    if (!isZero(bytes)) {
      let last = bytes.length - 1;
      while (bytes[last] === 0) last--;
      return start + last;
    }
    end = start;
  }
  return null;
}
