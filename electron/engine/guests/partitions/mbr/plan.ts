/** A new MBR for a set of partitions: primary ones only, aligned to 1 MiB. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { FileChange } from '../../../bytes/patch.ts';
import { encodeBootRecord } from '../boot-record.ts';

const sectorBytes = 512;
const alignmentBytes = 1 << 20;

export interface NewMbrPartition {
  readonly lengthBytes: number;
  readonly type: number;
  readonly bootable: boolean;
}

export interface MbrPlan {
  readonly capacityBytes: number;
  /** Where each partition lies, in the order given. */
  readonly partitions: readonly Span[];
  /** The first sector; everything else is the partitions' own. */
  readonly changes: readonly FileChange[];
}

/**
 * Lays out a disk for `partitions`, one to four, and writes its boot record without boot code.
 * `diskSignature` is what PARTUUIDs are made of. @throws Failure `input.invalid`.
 */
export function planMbr(partitions: readonly NewMbrPartition[], diskSignature: number): MbrPlan {
  const invalid = (problem: Message): Failure => new Failure('input.invalid', { problem });
  if (partitions.length < 1 || partitions.length > 4)
    throw invalid(inEnglish('an MBR holds one to four partitions'));
  const spans: Span[] = [];
  let start = alignmentBytes;
  for (const { lengthBytes, type } of partitions) {
    if (lengthBytes <= 0 || type <= 0 || type > 0xff)
      throw invalid(inEnglish('a partition needs a size and a type'));
    spans.push({ start, length: Math.ceil(lengthBytes / sectorBytes) * sectorBytes });
    start = Math.ceil((start + lengthBytes) / alignmentBytes) * alignmentBytes;
  }
  if (start / sectorBytes > 0xffffffff) throw invalid(inEnglish('an MBR ends at 2 TiB'));
  const entries = spans.map((span, index) => ({
    bootIndicator: partitions[index]!.bootable ? 0x80 : 0,
    type: partitions[index]!.type,
    startingLba: span.start / sectorBytes,
    sizeInLba: span.length / sectorBytes,
  }));
  const bytes = encodeBootRecord({ diskSignature: diskSignature >>> 0, entries });
  return { capacityBytes: start, partitions: spans, changes: [{ fileOffset: 0, bytes }] };
}
