/** Media and disks with files on them, made by other programs, for the tests of list and extract. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { toolPath, type ToolName } from '../../../setup/tools.ts';
import { noise, prose } from '../pattern.ts';

export const run = (tool: ToolName, ...args: string[]): string =>
  execFileSync(toolPath(tool)!, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** The regular files of the tree, by their paths. */
export const contents: Readonly<Record<string, Uint8Array>> = {
  'readme.txt': Buffer.from('hello\n'),
  'empty.bin': new Uint8Array(0),
  'boot/kernel.bin': noise(700_001, 5),
  'boot/grub/menu.cfg': prose(3000, 6),
  'boot/grub/fonts/one.pf2': noise(50_000, 7),
};

/** The links: those that stay inside, and those that must never be made. */
export const links: readonly (readonly [path: string, target: string, inside: boolean])[] = [
  ['current', 'boot/grub', true],
  ['boot/up.txt', '../readme.txt', true],
  ['boot/grub/out', '../../../etc/passwd', false],
  ['absolute', '/etc/passwd', false],
  // Harmless by itself; together they climb out of the tree.
  ['boot/root', '..', true],
  ['trick', 'boot/root/../..', false],
];

/** The tree in a folder. */
export function makeTree(folder: string): string {
  mkdirSync(folder);
  for (const [path, bytes] of Object.entries(contents)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  mkdirSync(join(folder, 'bare'));
  for (const [path, target] of links) symlinkSync(target, join(folder, path));
  return folder;
}

export function makeIso(tree: string, path: string): string {
  run('genisoimage', '-quiet', '-R', '-J', '-V', 'PLATTER', '-o', path, tree);
  return path;
}

/** The paths of all that lies under a folder; links are not followed, as Node's own recursion would. */
export function allUnder(folder: string, prefix = ''): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = prefix + entry.name;
      return entry.isDirectory() ? [path, ...allUnder(join(folder, entry.name), `${path}/`)] : [path];
    })
    .sort();
}

const mebibyte = 1 << 20;

/** A GPT disk: 1 is FAT with two files, 2 is ext4 with the tree, 3 holds nothing. */
export function makePartitionedDisk(tree: string, path: string): string {
  const ext4 = `${path}.ext4`;
  const fat = `${path}.fat`;
  for (const [file, size] of [
    [path, 32 * mebibyte],
    [ext4, 16 * mebibyte],
    [fat, 8 * mebibyte],
  ] as const) {
    closeSync(openSync(file, 'w'));
    truncateSync(file, size);
  }
  run('mkfs.ext4', '-q', '-F', '-L', 'root', '-d', tree, ext4);
  run('mkfs.fat', '-n', 'EFI', fat);
  run('mcopy', '-i', fat, join(tree, 'readme.txt'), '::readme.txt');
  run('mcopy', '-i', fat, join(tree, 'boot/kernel.bin'), '::kernel.bin');
  run('sgdisk', '-n', '1:1M:+8M', '-t', '1:ef00', '-n', '2:10M:+16M', '-n', '3:28M:+2M', path);
  const disk = openSync(path, 'r+');
  for (const [file, at] of [
    [fat, mebibyte],
    [ext4, 10 * mebibyte],
  ] as const) {
    const bytes = readFileSync(file);
    writeSync(disk, bytes, 0, bytes.length, at);
  }
  closeSync(disk);
  return path;
}
