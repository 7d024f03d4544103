/** Images that the tests of making and mending work on: made by qemu-img and xorriso, and broken on purpose. */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';

import { runTool } from '../fixtures/appliance-disk.ts';

/** Where the header of a qcow2 image says where its refcount table is. */
const refcountTableField = 48;
const clusterBytes = 65_536;
const mebibyte = 1024 * 1024;

/** The raw disk as qcow2 in `folder`. */
export async function makeQcow2(rawPath: string, folder: string, name: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  await runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', rawPath, path]);
  return path;
}

/** A qcow2 image beside `backing` that stands on it, with some data and a snapshot of its own. */
export async function makeOverlay(backing: string, name: string): Promise<string> {
  const path = join(backing, '..', name);
  await runTool('qemu-img', ['create', '-f', 'qcow2', '-b', basename(backing), '-F', 'qcow2', path]);
  await runTool('qemu-img', ['snapshot', '-c', 'before the storm', path]);
  await runTool('qemu-io', ['-c', 'write -P 7 8M 3M', '-c', 'write -z 16M 4M', path]);
  return path;
}

/** A machine of VMware's with a disk of two files beside it; a second disk that it names is not there. */
export async function makeMachine(folder: string, name: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  await runTool('qemu-img', [
    'create',
    '-f',
    'vmdk',
    '-o',
    'subformat=monolithicFlat',
    join(folder, `${name}.vmdk`),
    '8M',
  ]);
  const lines = {
    'config.version': '8',
    'virtualHW.version': '19',
    displayName: name,
    guestOS: 'debian12-64',
    memsize: '2048',
    'scsi0:0.fileName': `${name}.vmdk`,
    'scsi0:1.fileName': `${name}-data.vmdk`,
  };
  const path = join(folder, `${name}.vmx`);
  writeFileSync(
    path,
    Object.entries(lines)
      .map(([key, value]) => `${key} = "${value}"\n`)
      .join(''),
  );
  return path;
}

/** A small qcow2 image whose reference counts are wrong: one cluster in use counted as free, one free counted as used. */
export async function makeBrokenQcow2(folder: string, name: string): Promise<string> {
  const raw = join(folder, `${name}.raw`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(raw, Buffer.alloc(4 * mebibyte, 'platter '));
  const path = await makeQcow2(raw, folder, name);
  rmSync(raw);
  const clusters = Math.ceil(statSync(path).size / clusterBytes);
  const file = openSync(path, 'r+');
  try {
    const at = (offset: number): number => {
      const word = Buffer.alloc(8);
      readSync(file, word, 0, 8, offset);
      return Number(word.readBigUInt64BE());
    };
    const counts = at(at(refcountTableField));
    // Reference counts have 16 bits here.
    writeSync(file, Buffer.from([0, 0]), 0, 2, counts + 2 * (clusters - 1));
    writeSync(file, Buffer.alloc(clusterBytes, 7), 0, clusterBytes, clusters * clusterBytes);
    writeSync(file, Buffer.from([0, 1]), 0, 2, counts + 2 * clusters);
  } finally {
    closeSync(file);
  }
  return path;
}

/** What lies on the medium: path and content. */
export const mediumFiles = {
  'readme.txt': 'The tide gauge speaks NMEA 0183.\n',
  'drivers/gauge.inf': '[Version]\nSignature="$Tide$"\n',
  'drivers/winter/ice.dat': 'frozen\n'.repeat(400),
} as const;

/** An ISO with Joliet and Rock Ridge. */
export async function makeMedium(folder: string, name: string): Promise<string> {
  const tree = join(folder, `${name}.tree`);
  for (const [path, content] of Object.entries(mediumFiles)) {
    mkdirSync(join(tree, path, '..'), { recursive: true });
    writeFileSync(join(tree, path), content);
  }
  const path = join(folder, name);
  await runTool('xorriso', ['-as', 'mkisofs', '-quiet', '-V', 'TIDE_TOOLS', '-J', '-R', '-o', path, tree]);
  rmSync(tree, { recursive: true });
  return path;
}

/** A raw disk with a GPT: a FAT with one file in it, an ext4, and a partition that holds nothing Platter can name. */
export async function makePartitionedDisk(folder: string, name: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  const [fat, loader] = [join(folder, `${name}.fat`), join(folder, 'boot.txt')];
  for (const [file, size] of [
    [path, 48 * mebibyte],
    [fat, 8 * mebibyte],
  ] as const) {
    writeFileSync(file, '');
    truncateSync(file, size);
  }
  const parts = ['-n', '1:2048:+8M', '-t', '1:ef00', '-c', '1:EFI system', '-n', '2:0:+24M', '-c', '2:root'];
  await runTool('sgdisk', [...parts, '-n', '3:0:0', '-t', '3:8200', path]);
  await runTool('mkfs.fat', ['-n', 'EFI', fat]);
  writeFileSync(loader, 'timeout 3\n');
  await runTool('mcopy', ['-i', fat, loader, '::boot.txt']);
  const file = openSync(path, 'r+');
  writeSync(file, readFileSync(fat), 0, 8 * mebibyte, mebibyte);
  closeSync(file);
  const options = `offset=${9 * mebibyte},root_owner=0:0`;
  await runTool('mkfs.ext4', ['-q', '-F', '-L', 'station', '-E', options, path, '24M']);
  rmSync(fat);
  rmSync(loader);
  return path;
}
