/** A disk from its first byte to its last as its partitions and the free room between them. */
import type { Partition, PartitionTable, VolumeInfo } from '#shared/domain/guest.ts';
import { inWords } from '#shared/text/in-words.ts';
import { t } from '#shared/text/words.ts';

export interface PartitionSegment {
  readonly key: string;
  readonly title: string;
  /** The file system and its label in words; '' where there is nothing to say. */
  readonly holds: string;
  readonly isFree: boolean;
  /** What its hue follows from; null where it is not known. */
  readonly fileSystem: string | null;
  readonly length: number;
  /** Of the disk, between 0 and 1. */
  readonly share: number;
}

/** Less than this of a disk, or in bytes, is alignment and not free room. */
const leastFreeShare = 0.005;
const alignmentBytes = 2 ** 20;

export function partitionSegments(
  { partitions, wholeDisk }: PartitionTable,
  virtualSizeBytes: number,
): readonly PartitionSegment[] {
  const size = Math.max(1, virtualSizeBytes);
  if (wholeDisk !== null && partitions.length === 0) {
    return [
      {
        key: 'whole',
        title: t('Whole disk'),
        holds: volumeWords(wholeDisk),
        isFree: false,
        fileSystem: wholeDisk.fileSystem,
        length: size,
        share: 1,
      },
    ];
  }
  const segments: PartitionSegment[] = [];
  let end = 0;
  const free = (until: number): void => {
    const length = until - end;
    if (length <= alignmentBytes || length / size < leastFreeShare) return;
    segments.push({
      key: `free ${end}`,
      title: t('Free'),
      holds: '',
      isFree: true,
      fileSystem: null,
      length,
      share: length / size,
    });
  };
  for (const partition of [...partitions].sort((first, second) => first.start - second.start)) {
    free(partition.start);
    segments.push({
      key: `partition ${partition.number}`,
      title: titleOf(partition),
      holds: partition.volume === null ? '' : volumeWords(partition.volume),
      isFree: false,
      fileSystem: partition.volume?.fileSystem ?? null,
      length: partition.length,
      share: Math.min(1, partition.length / size),
    });
    // An extended partition holds others: what counts is how far any of them has come.
    end = Math.max(end, partition.start + partition.length);
  }
  free(size);
  return segments;
}

function titleOf({ number, name, typeTitle, type }: Partition): string {
  return `${number} ${name === null || name === '' ? (typeTitle ?? type) : name}`;
}

function volumeWords({ title, label }: VolumeInfo): string {
  return label === null || label === ''
    ? inWords(title)
    : t('{title}, “{label}”', { title: inWords(title), label });
}
