/** Machine images as EC2 and OpenStack call them (AMI): a Linux file system on the whole disk, without a partition table. */
import type { PartitionTable, VolumeInfo } from '#shared/domain/guest.ts';
import { Failure } from '#shared/failure.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { readPartitionTable } from '../../guests/volumes.ts';

/** What a kernel given beside the image can mount as its root. */
const rootFileSystems: readonly string[] = [
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'jfs', 'reiserfs', 'f2fs', 'squashfs'],
];

/**
 * The file system that lies on the whole of `disk`; null where there is a partition table, or nothing that a Linux kernel
 * would take for its root. Reads a few small pieces; does not close `disk`. @throws Failure `io.*`.
 */
export function recogniseMachineImage(disk: ByteSource): VolumeInfo | null {
  try {
    return machineImageIn(readPartitionTable(disk));
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith('image.')) return null;
    throw error;
  }
}

/** The same of a disk whose table was read already. */
export function machineImageIn({
  scheme,
  wholeDisk,
}: Pick<PartitionTable, 'scheme' | 'wholeDisk'>): VolumeInfo | null {
  if (scheme !== null || wholeDisk === null) return null;
  return rootFileSystems.includes(wholeDisk.fileSystem) ? wholeDisk : null;
}
