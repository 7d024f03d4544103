/** The kernel and the ramdisk that a Linux disk boots: by the boot loader's own entries, else the newest pair in /boot. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { readBytes, type ByteSource } from '../bytes/source.ts';
import type { FileSystemReader } from './filesystems/driver.ts';
import { browsableVolumes, findRootVolume, holds, type FoundVolume } from './root-volume.ts';

/** A file on the disk; `open` may be called as long as the disk is open. @throws Failure of FileSystemReader.open. */
export interface BootFile {
  /** From the root of its volume, without a slash at the start. */
  readonly path: string;
  open(): ByteSource;
}

export interface BootFiles {
  readonly root: Span;
  /** Null for a file system on the whole disk. */
  readonly rootPartition: number | null;
  readonly kernel: BootFile;
  /** Null where the kernel boots without one. */
  readonly ramdisk: BootFile | null;
  /** What the entry tells the kernel; null where only files were found. */
  readonly commandLine: string | null;
}

const mostNames = 4096;
const largestEntryBytes = 65536;
const kernelName = /^(?:vmlinuz|vmlinux|kernel|Image)(?:-(.+))?$/;

/** The files of the disk's Linux, null when there is no root volume or no kernel. Does not close `disk`. */
export function findBootFiles(disk: ByteSource): BootFiles | null {
  const root = findRootVolume(disk);
  if (root === null) return null;
  for (const { reader, folder } of bootFolders(disk, root)) {
    const found = entryFiles(reader, folder) ?? newestPair(reader, folder);
    if (found === null) continue;
    const place = { start: root.start, length: root.length };
    return { root: place, rootPartition: root.partitionNumber, ...found };
  }
  return null;
}

interface BootFolder {
  readonly reader: FileSystemReader;
  /** Where kernels lie in that volume: `boot`, or '' in a boot partition. */
  readonly folder: string;
}

/** /boot of the root, and then the volumes that are not a root: boot partitions, whose files lie at their own root. */
function* bootFolders(disk: ByteSource, root: FoundVolume): Iterable<BootFolder> {
  yield { reader: root.reader, folder: 'boot' };
  for (const { reader, partitionNumber } of browsableVolumes(disk)) {
    if (partitionNumber !== root.partitionNumber) yield { reader, folder: '' };
  }
  // Old images keep links to both at the top.
  yield { reader: root.reader, folder: '' };
}

type Found = Pick<BootFiles, 'kernel' | 'ramdisk' | 'commandLine'>;

/** The Boot Loader Specification, type 1: one file for each entry, the one with the greatest version is the default. */
function entryFiles(reader: FileSystemReader, folder: string): Found | null {
  const entries = join(folder, 'loader/entries');
  const names = namesIn(reader, entries).filter((name) => name.endsWith('.conf'));
  const usable = names
    .filter((name) => !/rescue/.test(name))
    .map((name) => readEntry(reader, join(entries, name)))
    .filter((entry) => entry !== null)
    .sort((a, b) => compareVersions(b.version, a.version));
  for (const { linux, initrd, options } of usable) {
    const kernel = fileAt(reader, folder, linux);
    if (kernel === null) continue;
    const ramdisk = initrd === null ? null : fileAt(reader, folder, initrd);
    return { kernel, ramdisk, commandLine: options };
  }
  return null;
}

interface LoaderEntry {
  readonly version: string;
  readonly linux: string;
  readonly initrd: string | null;
  readonly options: string | null;
}

function readEntry(reader: FileSystemReader, path: string): LoaderEntry | null {
  const text = smallText(reader, path);
  if (text === null) return null;
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^(\w[\w-]*)\s+(.+?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && !fields.has(key)) fields.set(key, value);
  }
  const linux = fields.get('linux');
  if (linux === undefined) return null;
  const options = fields.get('options') ?? null;
  // GRUB's variables stand for what only GRUB knows.
  const initrd = fields.get('initrd')?.split(/\s+/, 1)[0] ?? null;
  const known = options?.includes('$') === true ? null : options;
  return { version: fields.get('version') ?? path, linux, initrd, options: known };
}

/** Without entries: the newest kernel by its name, with the ramdisk of the same version. */
function newestPair(reader: FileSystemReader, folder: string): Found | null {
  const names = namesIn(reader, folder);
  const kernels = names
    .flatMap((name) => {
      const version = kernelName.exec(name);
      return version === null || /rescue/.test(name) ? [] : [{ name, version: version[1] ?? '' }];
    })
    .sort((a, b) => compareVersions(b.version, a.version));
  for (const { name, version } of kernels) {
    const kernel = fileAt(reader, folder, name);
    if (kernel === null) continue;
    const ramdiskName = ramdiskNames(version).find((candidate) => names.includes(candidate));
    const ramdisk = ramdiskName === undefined ? null : fileAt(reader, folder, ramdiskName);
    return { kernel, ramdisk, commandLine: null };
  }
  return null;
}

/** What distributions call the ramdisk of that version; Arch and Alpine name both after a flavour. */
function ramdiskNames(version: string): string[] {
  if (version === '') return ['initrd.img', 'initrd', 'initramfs.img', 'initramfs', 'initrd.gz'];
  return [
    `initrd.img-${version}`,
    `initramfs-${version}.img`,
    `initrd-${version}`,
    `initrd-${version}.img`,
    `initramfs-${version}`,
  ];
}

/** A file that is there and has content; in a boot partition of its own, entries may still say /boot. */
function fileAt(reader: FileSystemReader, folder: string, name: string): BootFile | null {
  const candidates = [join(folder, name), name.replace(/^\/?boot\//, ''), name];
  for (const candidate of candidates) {
    const path = candidate.replace(/^\/+/, '');
    if (!holds(reader, path)) continue;
    try {
      if (reader.open(path).sizeBytes > 0) return { path, open: () => reader.open(path) };
    } catch (error) {
      // A link that leads nowhere, or a damaged file: the next candidate may be better.
      if (!(error instanceof Failure) || error.code.startsWith('io.')) throw error;
    }
  }
  return null;
}

function namesIn(reader: FileSystemReader, folder: string): string[] {
  const names: string[] = [];
  try {
    for (const { path, kind } of reader.list(folder)) {
      if (names.length >= mostNames) break;
      if (kind !== 'folder') names.push(path.slice(path.lastIndexOf('/') + 1));
    }
  } catch (error) {
    if (!(error instanceof Failure) || error.code.startsWith('io.')) throw error;
  }
  return names;
}

function smallText(reader: FileSystemReader, path: string): string | null {
  try {
    const file = reader.open(path);
    if (file.sizeBytes > largestEntryBytes) return null;
    return Buffer.from(readBytes(file, 0, file.sizeBytes)).toString('utf8');
  } catch (error) {
    if (!(error instanceof Failure) || error.code.startsWith('io.')) throw error;
    return null;
  }
}

/** Numbers by their value, the rest by its letters: 5.10 is newer than 5.9. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [versionParts(a), versionParts(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [x, y] = [left[index]!, right[index]!];
    if (x === y) continue;
    const numbers = /^\d/.test(x) && /^\d/.test(y);
    return numbers ? Number(x) - Number(y) || x.length - y.length : x < y ? -1 : 1;
  }
  return left.length - right.length;
}

const versionParts = (version: string): readonly string[] => version.match(/\d+|[^\d]+/g) ?? [];

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
