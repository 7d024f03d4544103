/** A folder of files with everything that file systems do differently, and its reading through a driver, for their tests. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ByteSource } from '#engine/bytes/source.ts';
import { readBytes } from '#engine/bytes/source.ts';
import type { FileSystemReader } from '#engine/guests/filesystems/driver.ts';
import { noise } from '../../pattern.ts';
import { toolPath, type ToolName } from '../../../../setup/tools.ts';

/** Runs a program; what it prints. */
export function run(tool: ToolName, args: readonly string[], input?: string): string {
  return execFileSync(toolPath(tool)!, [...args], {
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
  });
}

export function hashOfBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** Makes the folder. `posix` adds links and names that FAT does not have. */
export function makeGuestTree(folder: string, posix: boolean): string {
  const at = (name: string): string => join(folder, name);
  mkdirSync(at('etc'), { recursive: true });
  mkdirSync(at('usr/lib/deep/er/still'), { recursive: true });
  mkdirSync(at('many'));
  writeFileSync(at('etc/hostname'), 'guest\n');
  writeFileSync(at('etc/empty'), '');
  writeFileSync(at('usr/lib/os-release'), 'NAME="Guest"\n');
  writeFileSync(at('usr/lib/deep/er/still/noise.bin'), noise(700_001, 3));
  writeFileSync(at('A long name with spaces — and ünïcode.txt'), 'words');
  for (let index = 0; index < 700; index++) writeFileSync(at(`many/file number ${index}.txt`), `${index}`);
  const sparse = openSync(at('usr/sparse'), 'w');
  ftruncateSync(sparse, posix ? 40 << 20 : 100_000);
  writeSync(sparse, noise(5000, 7), 0, 5000, posix ? 20 << 20 : 50_000);
  closeSync(sparse);
  if (posix) {
    symlinkSync('../usr/lib/os-release', at('etc/os-release'));
    symlinkSync('usr/lib', at('lib'));
    symlinkSync('/usr/lib', at('absolute'));
    symlinkSync(`usr/${'./'.repeat(80)}lib`, at('slow'));
    symlinkSync('../../outside', at('climbs'));
    symlinkSync('loop', at('loop'));
    writeFileSync(at('tiny'), 'inline');
  }
  utimesSync(at('etc/hostname'), 1_600_000_000, 1_600_000_000);
  return folder;
}

/** `path kind size hash-or-target` of every file, as the host has them. */
export function hostListing(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below))
    .flatMap((name) => {
      const path = below === '' ? name : `${below}/${name}`;
      const status = lstatSync(join(folder, path));
      if (status.isDirectory()) return [`${path} folder`, ...hostListing(folder, path)];
      if (status.isSymbolicLink()) return [`${path} link ${readlinkSync(join(folder, path))}`];
      const content = readFileSync(join(folder, path));
      return [`${path} file ${content.length} ${hashOfBytes(content)}`];
    })
    .sort();
}

/** Damage can make a file any size. */
const largestHashed = 64 << 20;

/** The same as a driver reads it. */
export function guestListing(reader: FileSystemReader, below = ''): string[] {
  const lines: string[] = [];
  for (const { path, kind, target, sizeBytes } of reader.list(below)) {
    if (path === 'lost+found') continue;
    if (kind === 'folder') lines.push(`${path} folder`, ...guestListing(reader, path));
    else if (kind === 'link') lines.push(`${path} link ${target}`);
    else if (sizeBytes > largestHashed) lines.push(`${path} ${kind} ${sizeBytes}`);
    else lines.push(`${path} ${kind} ${sizeBytes} ${hashOfBytes(contentOf(reader.open(path)))}`);
  }
  return lines.sort();
}

export function contentOf(source: ByteSource): Uint8Array {
  return readBytes(source, 0, source.sizeBytes);
}

export function textOf(reader: FileSystemReader, path: string): string {
  return Buffer.from(contentOf(reader.open(path))).toString('utf8');
}

/** A file of that size without content. */
export function emptyFile(path: string, sizeBytes: number): string {
  const descriptor = openSync(path, 'w');
  ftruncateSync(descriptor, sizeBytes);
  closeSync(descriptor);
  return path;
}
