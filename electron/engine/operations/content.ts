/** What a guest would find on a disk: its partitions and file systems, or a medium's; as facts for `info`. */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { PartitionTable, VolumeInfo } from '#shared/domain/guest.ts';
import { systemFamilyOf } from '#shared/domain/guest-system.ts';
import type { Fact, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import { machineImageIn } from '../builders/ami/machine-image.ts';
import { DiskSource } from '../guests/disk-source.ts';
import { describeOptical } from '../guests/optical/describe.ts';
import { readDistribution } from '../guests/os-release.ts';
import { browsableVolumes, findRootVolume, holds } from '../guests/root-volume.ts';
import { readPartitionTable } from '../guests/volumes.ts';
import { openDisk } from '../pipeline/open.ts';

export interface DiskContent {
  /** The disk is an image of an optical medium. */
  readonly optical: boolean;
  /** A Linux file system without a partition table: an AMI. */
  readonly machineImage: boolean;
  readonly partitions: PartitionTable;
  /** The system on it: `debian 12`, `windows`. */
  readonly guest: string | null;
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
      const guest = optical === null ? systemOn(source) : systemInLabel(partitions.wholeDisk?.label ?? null);
      return {
        optical: optical !== null,
        machineImage: optical === null && machineImageIn(partitions) !== null,
        partitions,
        guest,
        facts: [
          ...(guest === null ? [] : [{ label: inEnglish('System'), value: guest }]),
          ...(optical?.facts ?? tableFacts(partitions)),
          ...partitions.facts,
        ],
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

const windowsKernel = 'Windows/System32/ntoskrnl.exe';

/** What a Linux root says that it is; of Windows, that it is there. */
function systemOn(disk: ByteSource): string | null {
  const root = findRootVolume(disk);
  if (root !== null) {
    const distribution = readDistribution(root.reader);
    return distribution === null
      ? 'linux'
      : [distribution.id, distribution.version].filter(Boolean).join(' ');
  }
  for (const { reader } of browsableVolumes(disk)) if (holds(reader, windowsKernel)) return 'windows';
  return null;
}

/** An installer's medium is called after what it installs: `Debian 12.5.0 amd64 n`. */
function systemInLabel(label: string | null): string | null {
  return label !== null && systemFamilyOf(label.replaceAll('_', ' ')) !== null ? label : null;
}

function tableFacts({ scheme, partitions, wholeDisk }: PartitionTable): Fact[] {
  const named = ({ title, label }: VolumeInfo): Fact['value'] =>
    label === null || label === '' ? title : inEnglish('{title} “{label}”', { title, label });
  if (scheme === null) {
    // A raw disk has no marks of its own: that nothing speaks against it is worth saying.
    return [
      {
        label: inEnglish('Content'),
        value: wholeDisk === null ? inEnglish('Nothing that Platter knows', {}) : named(wholeDisk),
      },
    ];
  }
  return [
    { label: inEnglish('Partition table'), value: scheme.toUpperCase() },
    ...partitions.map(({ number, volume, typeTitle, type }) => ({
      label: inEnglish('Partition {number}', { number }),
      value: volume === null ? (typeTitle ?? type) : named(volume),
    })),
  ];
}
