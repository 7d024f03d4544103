/** What a guest would find on a disk: its partitions and file systems, or a medium's; as facts for `info`. */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { PartitionTable, VolumeInfo } from '#shared/domain/guest.ts';
import type { Fact, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { machineImageIn } from '../builders/ami/machine-image.ts';
import { DiskSource } from '../guests/disk-source.ts';
import { describeOptical } from '../guests/optical/describe.ts';
import { readPartitionTable } from '../guests/volumes.ts';
import { openDisk } from '../pipeline/open.ts';

export interface DiskContent {
  /** The disk is an image of an optical medium. */
  readonly optical: boolean;
  /** A Linux file system without a partition table: an AMI. */
  readonly machineImage: boolean;
  readonly partitions: PartitionTable;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
}

/**
 * Looks at the disk that `reference` names, through its whole chain. Null where it cannot be read: a parent that is
 * missing or refused, encryption, damage; and where looking costs a pass over all of it (compressed wrappers).
 */
export function describeContent(reference: SourceReference): DiskContent | null {
  try {
    const disk = openDisk(reference);
    const source = new DiskSource(disk);
    try {
      if (!disk.seekable || disk.layers.some(({ reader }) => reader.encryption !== null)) return null;
      const partitions = readPartitionTable(source);
      const optical = describeOptical(source);
      return {
        optical: optical !== null,
        machineImage: optical === null && machineImageIn(partitions) !== null,
        partitions,
        facts: [...(optical?.facts ?? tableFacts(partitions)), ...partitions.facts],
        warnings: [...(optical?.warnings ?? []), ...partitions.warnings],
      };
    } finally {
      source.close();
    }
  } catch (error) {
    // `info` has said already what is wrong with the image itself.
    if (error instanceof Failure) return null;
    throw error;
  }
}

function tableFacts({ scheme, partitions, wholeDisk }: PartitionTable): Fact[] {
  const named = (volume: VolumeInfo): string =>
    volume.label === null || volume.label === '' ? volume.title : `${volume.title} “${volume.label}”`;
  if (scheme === null) {
    // A raw disk has no marks of its own: that nothing speaks against it is worth saying.
    return [
      { label: 'Content', value: wholeDisk === null ? 'Nothing that Platter knows' : named(wholeDisk) },
    ];
  }
  return [
    { label: 'Partition table', value: scheme.toUpperCase() },
    ...partitions.map(({ number, volume, typeTitle, type }) => ({
      label: `Partition ${number}`,
      value: volume === null ? (typeTitle ?? type) : named(volume),
    })),
  ];
}
