/** An AMI set for tests: a small root file system made by mke2fs, a kernel and a ramdisk. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bzImage, elf } from '../../guests/kernels/build-kernel.ts';
import { mainArchive } from '../../guests/ramdisks/build-ramdisk.ts';
import { noise } from '../../pattern.ts';
import { toolPath } from '../../../../setup/tools.ts';

export const version = '6.1.0-13-amd64';
export const kernel = bzImage();
export const ramdisk = gzipSync(mainArchive(version, elf(62, null)));

/** A tree that looks like a Linux root, with both in its /boot. */
export function rootTree(folder: string): string {
  const tree = join(folder, 'root-tree');
  for (const name of ['boot', 'etc', 'usr/bin', 'sbin']) mkdirSync(join(tree, name), { recursive: true });
  writeFileSync(join(tree, 'etc/os-release'), 'ID=debian\nVERSION_ID="12"\n');
  writeFileSync(join(tree, 'usr/bin/data'), noise(300_000, 4));
  writeFileSync(join(tree, `boot/vmlinuz-${version}`), kernel);
  writeFileSync(join(tree, `boot/initrd.img-${version}`), ramdisk);
  return tree;
}

/** A bare ext4 file system of 8 MiB with that tree, or an empty one. */
export function extImage(path: string, tree: string | null): string {
  const content = tree === null ? [] : ['-d', tree];
  const fixed = ['-U', '6f1b1c1e-7a57-4d6c-8f43-0d5a6d1f7e10', '-L', 'cloudimg-root'];
  execFileSync(toolPath('mkfs.ext4')!, ['-q', '-F', ...fixed, ...content, path, '8M']);
  return path;
}

/** The three files under CirrOS' names. */
export function writeSet(
  folder: string,
  name: string,
  tree: string | null,
): Record<'image' | 'kernel' | 'ramdisk', string> {
  mkdirSync(folder, { recursive: true });
  const set = {
    image: extImage(join(folder, `${name}.img`), tree),
    kernel: join(folder, `${name}-vmlinuz`),
    ramdisk: join(folder, `${name}-initrd`),
  };
  writeFileSync(set.kernel, kernel);
  writeFileSync(set.ramdisk, ramdisk);
  return set;
}
