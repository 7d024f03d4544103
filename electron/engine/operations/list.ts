/** list: the files of a package, of a medium, or of a partition on a disk in any format. */
import type {
  FileEntry,
  FileListing,
  ListingRequest,
  PartitionTable,
  VolumeInfo,
} from '#shared/domain/guest.ts';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { PackageInfo } from '#shared/domain/package.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Control } from '../control.ts';
import { DiskSource } from '../guests/disk-source.ts';
import type { FileSystemReader } from '../guests/filesystems/driver.ts';
import { probeFileSystem } from '../guests/filesystems/registry.ts';
import { describeVolume, openVolume, readPartitionTable } from '../guests/volumes.ts';
import { probePackage } from '../packages/registry.ts';
import { openDisk, openPackageAt, openSource, sourceName } from '../pipeline/open.ts';

/** More than a person looks through; a listing of everything stops here and says so. */
const entryLimit = 200_000;

/** @throws Failure `input.invalid` when there are no files to list, `image.*`, `package.*`, `io.*`. */
export function listFiles(request: ListingRequest, control: Control): FileListing {
  const { source, folder = '', recursive = false } = request;
  if (isPackage(source)) return listPackage(source.path);
  const opened = openTree(request, control);
  const base = { path: sourceName(source), folder, truncated: false };
  if (opened.tree === null) return { ...base, volume: null, entries: [], table: opened.table };
  const { tree } = opened;
  try {
    const { entries, truncated } = collect(tree.reader, folder, recursive, control);
    return { ...base, volume: tree.volume, entries, table: null, truncated };
  } finally {
    tree.reader.close();
  }
}

/** An open file system, and what it is. */
export interface Tree {
  readonly reader: FileSystemReader;
  readonly volume: VolumeInfo;
}

/**
 * Opens the file system that the request means: that of the partition it numbers, that of the whole disk, or that of the
 * only partition that has one. With several, the table is the answer.
 * @throws Failure `input.invalid` when there is none.
 */
export function openTree(
  request: Pick<ListingRequest, 'source' | 'partition'>,
  control: Pick<Control, 'throwIfCancelled'>,
): { tree: Tree; table: null } | { tree: null; table: PartitionTable } {
  control.throwIfCancelled();
  const disk = new DiskSource(openDisk(request.source));
  try {
    let number = request.partition ?? null;
    if (number === null && probeFileSystem(disk) === null) {
      const table = readPartitionTable(disk);
      const browsable = table.partitions.filter(({ volume }) => volume?.browsable === true);
      if (browsable.length !== 1) {
        if (table.partitions.length === 0) throw noFiles(request);
        disk.close();
        return { tree: null, table };
      }
      number = browsable[0]!.number;
    }
    const volume = openVolume(disk, number);
    const driver = probeFileSystem(volume);
    if (driver === null) throw noFiles(request);
    const described = describeVolume(volume);
    const reader = driver.open(volume);
    const { label, uuid } = reader;
    const info = described ?? { fileSystem: driver.id, title: driver.title, label, uuid, browsable: true };
    return { tree: { reader, volume: info }, table: null };
  } catch (error) {
    disk.close();
    throw error;
  }
}

/** Whether the source is a package file by its content. @throws Failure `io.*`. */
export function isPackage(reference: SourceReference): boolean {
  if (reference.member !== undefined || reference.format !== undefined) return false;
  const { source } = openSource(reference);
  try {
    return probePackage(source) !== null;
  } finally {
    source.close();
  }
}

function noFiles({ source, partition }: Pick<ListingRequest, 'source' | 'partition'>): Failure {
  const where =
    partition === undefined ? sourceName(source) : `partition ${partition} of ${sourceName(source)}`;
  return new Failure('input.invalid', {
    problem: inEnglish('there is no file system on {where} that Platter reads', { where }),
  });
}

function collect(
  reader: FileSystemReader,
  folder: string,
  recursive: boolean,
  control: Pick<Control, 'throwIfCancelled'>,
): { entries: FileEntry[]; truncated: boolean } {
  const entries: FileEntry[] = [];
  for (const entry of walk(reader, folder, recursive, control)) {
    if (entries.length === entryLimit) return { entries, truncated: true };
    entries.push(entry);
  }
  return { entries, truncated: false };
}

/** Deeper than any real tree; a loop of folders that a driver did not notice ends here. */
const depthLimit = 256;

/** What is in `folder`; with `recursive`, each folder's content right behind it. */
export function* walk(
  reader: FileSystemReader,
  folder: string,
  recursive: boolean,
  control: Pick<Control, 'throwIfCancelled'>,
  depth = 0,
): Iterable<FileEntry> {
  for (const entry of reader.list(folder)) {
    control.throwIfCancelled();
    yield entry;
    if (recursive && entry.kind === 'folder' && entry.refusal === null && depth < depthLimit) {
      yield* walk(reader, entry.path, true, control, depth + 1);
    }
  }
}

function listPackage(path: string): FileListing {
  const container = openPackageAt(path);
  let info: PackageInfo;
  try {
    ({ info } = container);
  } finally {
    container.close();
  }
  const entries = info.files.map(({ name, sizeBytes }): FileEntry => ({
    path: name,
    kind: 'file',
    sizeBytes,
    modifiedAt: null,
    mode: null,
    target: null,
    refusal: null,
  }));
  return { path, folder: '', volume: null, entries, table: null, truncated: false };
}
