/** compare: whether two disks show the guest the same bytes, and where they differ. */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { Comparison } from '#shared/domain/image.ts';
import type { Control } from '../control.ts';
import { chunkBytesFor, cutChunks, dataSpans, SpanList } from '../pipeline/chunks.ts';
import { runPipeline } from '../pipeline/coordinator.ts';
import { openDisk } from '../pipeline/open.ts';
import { DifferenceGatherer } from './difference-map.ts';
import { sharedSpans } from './shared-spans.ts';
import { subtract, unite } from './spans.ts';

const unitBytes = 4096;

/**
 * Compares the guest-visible bytes. A longer disk equals a shorter one when the rest of it is zeros, and the answer
 * says so. `everywhere`: goes on behind the first difference, and tells of all. @throws Failure `io.*`, `image.*`,
 * `operation.cancelled`.
 */
export function compareImages(
  first: SourceReference,
  second: SourceReference,
  control: Control,
  everywhere = false,
): Comparison {
  const disks = [openDisk(first, control), openDisk(second, control)] as const;
  try {
    const sizes = [disks[0].capacityBytes, disks[1].capacityBytes] as const;
    const longer = Math.max(...sizes);
    // Where neither disk has data both are zeros, and bytes of the same file are the same: nothing to read there.
    const stored = unite(dataSpans(disks[0]), dataSpans(disks[1]));
    const spans = new SpanList(subtract(stored, sharedSpans(...disks)));
    const chunkBytes = chunkBytesFor(unitBytes);
    const gatherer = everywhere ? new DifferenceGatherer(longer, chunkBytes) : null;
    let firstDifference: number | null = null;
    control.begin('verifying', spans.dataBytes);
    runPipeline(
      {
        source: first,
        task: { kind: 'compare', unitBytes, second },
        digest: false,
        chunkBytes,
        seekable: disks.every((disk) => disk.seekable),
      },
      cutChunks(spans, unitBytes, chunkBytes, longer),
      spans.dataBytes,
      control,
      (chunk) => {
        gatherer?.add(chunk.start, chunk.length, chunk.difference);
        if (chunk.difference < 0) return true;
        firstDifference ??= chunk.start + chunk.difference;
        return everywhere;
      },
    );
    const identical = firstDifference === null;
    return {
      identical,
      firstDifference,
      virtualSizesBytes: sizes,
      paddedWithZeros: identical && sizes[0] !== sizes[1],
      ...(gatherer === null ? {} : { differences: gatherer.map }),
    };
  } finally {
    for (const disk of disks) disk.close();
  }
}
