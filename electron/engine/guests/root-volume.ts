/** Finding the Linux root of a disk: the file system with /etc and /usr, on a partition or on the whole disk. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { SliceSource, type ByteSource } from '../bytes/source.ts';
import type { FileSystemReader } from './filesystems/driver.ts';
import { probeFileSystem } from './filesystems/registry.ts';
import { probePartitions } from './partitions/registry.ts';
import { BorrowedSource } from './volumes.ts';

/** No disk has its root behind as many. */
const mostPartitions = 128;

/** A file system on the disk that could be opened. Its reader may be closed or left: the disk is the caller's. */
export interface FoundVolume extends Span {
  /** As the table numbers it; null for the whole disk. */
  readonly partitionNumber: number | null;
  readonly reader: FileSystemReader;
}

/** Every file system of the disk whose files can be listed, in the table's order. Does not close `disk`. */
export function* browsableVolumes(disk: ByteSource): Iterable<FoundVolume> {
  const whole = openFileSystem(disk, { start: 0, length: disk.sizeBytes }, null);
  const partitions = probePartitions(disk)?.read(disk).partitions ?? [];
  if (whole !== null && partitions.length === 0) yield whole;
  for (const { start, length, number } of partitions.slice(0, mostPartitions)) {
    const found = openFileSystem(disk, { start, length }, number);
    if (found !== null) yield found;
  }
}

/**
 * The volume that is a Linux root: it has /etc, and /sbin or /usr. The first one that says by /etc/os-release what it is
 * goes before others; null when there is none. Does not close `disk`.
 */
export function findRootVolume(disk: ByteSource): FoundVolume | null {
  let found: FoundVolume | null = null;
  for (const volume of browsableVolumes(disk)) {
    if (!isRoot(volume.reader)) continue;
    if (holds(volume.reader, 'etc/os-release') || holds(volume.reader, 'usr/lib/os-release')) return volume;
    found ??= volume;
  }
  return found;
}

function isRoot(reader: FileSystemReader): boolean {
  return holds(reader, 'etc') && (holds(reader, 'usr') || holds(reader, 'sbin'));
}

/** Whether something is there; a damaged directory holds nothing. */
export function holds(reader: FileSystemReader, path: string): boolean {
  try {
    return reader.find(path) !== null;
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith('image.')) return false;
    throw error;
  }
}

function openFileSystem(disk: ByteSource, span: Span, partitionNumber: number | null): FoundVolume | null {
  const volume = new SliceSource(new BorrowedSource(disk), span, disk.path);
  try {
    const reader = probeFileSystem(volume)?.open(volume) ?? null;
    return reader === null ? null : { ...span, partitionNumber, reader };
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith('image.')) return null;
    throw error;
  }
}
