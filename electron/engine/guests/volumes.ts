/** What a disk holds: its partition table, and what lies in every partition or on the whole disk. */
import type { PartitionTable, VolumeInfo } from '#shared/domain/guest.ts';
import type { Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { SliceSource, type ByteSource, type SourceRun } from '../bytes/source.ts';
import { recogniseContent } from '../disks/content-signatures.ts';
import { certainDrivers } from '../disks/registry.ts';
import type { FileSystemDriver } from './filesystems/driver.ts';
import { fileSystemDrivers, probeFileSystem } from './filesystems/registry.ts';
import type { TableContent } from './partitions/driver.ts';
import { probePartitions } from './partitions/registry.ts';

/** What lies on the whole of a medium, and beside a partition table: an isohybrid is both. */
const mediumContents: readonly string[] = ['iso9660', 'udf'];
/** More partitions than a person reads about; those beyond are listed without their content. */
const mostDescribed = 128;

/**
 * The table and what every partition holds. Reads a few small pieces of each; does not close `disk`.
 * @throws Failure `image.*`, `io.*` when the disk itself cannot be read.
 */
export function readPartitionTable(disk: ByteSource): PartitionTable {
  const driver = probePartitions(disk);
  const whole = describeVolume(disk);
  const table: TableContent | null = driver?.read(disk) ?? null;
  const nested = nestedImageWarnings(disk, whole);
  // A boot sector with an empty table in front of a file system is that file system's.
  if (driver === null || table === null || (table.partitions.length === 0 && whole !== null)) {
    const warnings = nested;
    return { scheme: null, sectorBytes: 512, partitions: [], wholeDisk: whole, facts: [], warnings };
  }
  const partitions = table.partitions.map((partition, index) => ({
    ...partition,
    volume: index < mostDescribed ? describePartition(disk, partition) : null,
  }));
  return {
    scheme: driver.id,
    sectorBytes: table.sectorBytes,
    partitions,
    wholeDisk: whole !== null && mediumContents.includes(whole.fileSystem) ? whole : null,
    facts: table.facts,
    warnings: [...table.warnings, ...nested],
  };
}

/** What the volume holds: by its file system driver, or by its marks; null when nothing is known. Does not close it. */
export function describeVolume(volume: ByteSource): VolumeInfo | null {
  const driver = probeFileSystem(volume);
  const content = recogniseContent(volume);
  if (driver === null && content === null) return null;
  const opened = driver === null ? null : labelsOf(driver, volume);
  // A bridge medium bears the marks of two; what is shown is the one that is opened. The others name it more exactly.
  const named = driver !== null && isOthers(content, driver) ? driver : (content ?? driver!);
  return {
    fileSystem: named.id,
    title: named.title,
    label: opened?.label ?? content?.label ?? null,
    uuid: opened?.uuid ?? content?.uuid ?? null,
    browsable: opened !== null,
  };
}

function isOthers(content: { readonly id: string } | null, driver: FileSystemDriver): boolean {
  return fileSystemDrivers.some(({ id }) => id === content?.id && id !== driver.id);
}

/** Of a file system that cannot be opened (damaged, or with features that Platter does not read) there are none. */
function labelsOf(
  driver: FileSystemDriver,
  volume: ByteSource,
): { label: string | null; uuid: string | null } | null {
  try {
    const { label, uuid } = driver.open(new BorrowedSource(volume));
    return { label, uuid };
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith('image.')) return null;
    throw error;
  }
}

function describePartition(disk: ByteSource, span: Span): VolumeInfo | null {
  return describeVolume(new SliceSource(disk, span, disk.path));
}

/**
 * A disk whose guest wrote an image's header to its beginning: what reads it by its content takes it for that. What also
 * lies on disks in its own right (LUKS) is no such thing.
 */
function nestedImageWarnings(disk: ByteSource, whole: VolumeInfo | null): Warning[] {
  return certainDrivers(disk)
    .filter(({ id }) => id !== whole?.fileSystem)
    .map(({ id, title }) => ({
      code: 'disk.nested-image',
      message: inEnglish(
        "The disk's own content bears the marks of a {title} image: programs that go by content take it for {id}.",
        { title, id },
      ),
    }));
}

/**
 * The volume that the table numbers; the whole disk for null. Closing it closes `disk`.
 * @throws Failure `input.invalid` when there is no such partition, `image.*`.
 */
export function openVolume(disk: ByteSource, partitionNumber: number | null): ByteSource {
  if (partitionNumber === null) return disk;
  const table = probePartitions(disk)?.read(disk);
  const partition = table?.partitions.find(({ number }) => number === partitionNumber);
  if (partition === undefined) {
    throw new Failure('input.invalid', {
      problem: inEnglish('there is no partition {partitionNumber}', { partitionNumber }),
    });
  }
  return new SliceSource(disk, partition, `${disk.path}:${partitionNumber}`);
}

/** A source that somebody else closes. */
export class BorrowedSource implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable: boolean;
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.path = source.path;
    this.sizeBytes = source.sizeBytes;
    this.seekable = source.seekable;
    this.#source = source;
  }

  read(fileOffset: number, into: Uint8Array): void {
    this.#source.read(fileOffset, into);
  }

  runs(span: Span): Iterable<SourceRun> {
    return this.#source.runs(span);
  }

  close(): void {}
}
