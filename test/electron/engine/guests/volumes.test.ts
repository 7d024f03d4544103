import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource, MemorySource, type ByteSource } from '#engine/bytes/source.ts';
import { findBootFiles } from '#engine/guests/boot-files.ts';
import { findRootVolume } from '#engine/guests/root-volume.ts';
import { encodeBootRecord } from '#engine/guests/partitions/boot-record.ts';
import { describeVolume, openVolume, readPartitionTable } from '#engine/guests/volumes.ts';
import { describeWith } from '../../../setup/tools.ts';
import { writeRawDisk } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';
import { contentOf, emptyFile, run } from './filesystems/guest-tree.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);

/** Files by their path, made on the host. */
function folderOf(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(at(name), path, '..'), { recursive: true });
    writeFileSync(join(at(name), path), text);
  }
  return at(name);
}

function extVolume(name: string, files: Readonly<Record<string, string>>): string {
  const path = emptyFile(at(`${name}.ext4`), 8 << 20);
  run('mkfs.ext4', ['-q', '-F', '-L', name, '-d', folderOf(name, files), path]);
  return path;
}

function withDisk<T>(path: string, use: (disk: ByteSource) => T): T {
  const disk = new FileSource(path);
  try {
    return use(disk);
  } finally {
    disk.close();
  }
}

/** A GPT disk with these volumes, 8 MiB each. */
function gptDisk(name: string, volumes: readonly string[]): string {
  const pieces = volumes.map((path, index) => ({ at: (1 + index * 8) << 20, bytes: readFileSync(path) }));
  const path = writeRawDisk(at(name), (2 + volumes.length * 8) << 20, pieces);
  const parts = volumes.flatMap((_, index) => ['-n', `${index + 1}:${(1 + index * 8) << 11}:+8M`]);
  run('sgdisk', [...parts, path]);
  return path;
}

const rootFiles = { 'etc/os-release': 'NAME=Guest\n', 'usr/bin/true': '' };

describeWith(['mkfs.ext4', 'sgdisk', 'mkfs.fat'], 'a disk', () => {
  it('is told by its table and by what every partition holds', () => {
    const fat = emptyFile(at('esp'), 8 << 20);
    run('mkfs.fat', ['-n', 'ESP', '-i', '12345678', fat]);
    const disk = gptDisk('three', [fat, extVolume('root', rootFiles), emptyFile(at('nothing'), 8 << 20)]);
    withDisk(disk, (source) => {
      const table = readPartitionTable(source);
      expect(table).toMatchObject({ scheme: 'gpt', sectorBytes: 512, wholeDisk: null, warnings: [] });
      expect(table.partitions.map(({ volume }) => volume)).toMatchObject([
        { fileSystem: 'vfat', label: 'ESP', uuid: '1234-5678', browsable: true },
        { fileSystem: 'ext4', title: 'ext4', label: 'root', browsable: true },
        null,
      ]);
      expect(openVolume(source, 2)).toMatchObject({ sizeBytes: 8 << 20 });
      expect(openVolume(source, null)).toBe(source);
      expect(() => openVolume(source, 9)).toThrow('input.invalid');
      expect(findRootVolume(source)).toMatchObject({ partitionNumber: 2, start: 9 << 20, length: 8 << 20 });
    });
  });

  it('may be one file system without a table, of which info must know', () => {
    withDisk(extVolume('bare', rootFiles), (source) => {
      const table = readPartitionTable(source);
      expect(table).toMatchObject({
        scheme: null,
        partitions: [],
        wholeDisk: { fileSystem: 'ext4', label: 'bare' },
      });
      expect(findRootVolume(source)).toMatchObject({ partitionNumber: null, start: 0 });
    });
    withDisk(at('esp'), (source) => {
      expect(readPartitionTable(source)).toMatchObject({ scheme: null, wholeDisk: { fileSystem: 'vfat' } });
      expect(findRootVolume(source)).toBeNull();
    });
  });

  it('gives the newest kernel and its ramdisk, from /boot', () => {
    const boot = {
      'boot/vmlinuz-5.9.0-1': 'old kernel',
      'boot/vmlinuz-5.10.0-2': 'new kernel',
      'boot/vmlinuz-0-rescue-ffff': 'rescue',
      'boot/initrd.img-5.9.0-1': 'old ramdisk',
      'boot/initrd.img-5.10.0-2': 'new ramdisk',
    };
    withDisk(gptDisk('plain', [extVolume('debian', { ...rootFiles, ...boot })]), (source) => {
      const found = findBootFiles(source)!;
      expect(found).toMatchObject({
        root: { start: 1 << 20, length: 8 << 20 },
        rootPartition: 1,
        commandLine: null,
      });
      expect([found.kernel.path, found.ramdisk?.path]).toEqual([
        'boot/vmlinuz-5.10.0-2',
        'boot/initrd.img-5.10.0-2',
      ]);
      expect(Buffer.from(contentOf(found.kernel.open())).toString()).toBe('new kernel');
      expect(Buffer.from(contentOf(found.ramdisk!.open())).toString()).toBe('new ramdisk');
    });
  });

  it('goes by the boot loader entries of a boot partition', () => {
    const entry = (version: string, options: string): string =>
      `title Fedora\nversion ${version}\nlinux /vmlinuz-${version}\ninitrd /initramfs-${version}.img $tuned_initrd\noptions ${options}\n`;
    const boot = {
      'loader/entries/a-6.2.9.conf': entry('6.2.9', 'root=UUID=1 ro'),
      'loader/entries/a-6.10.1.conf': entry('6.10.1', 'root=UUID=2 ro'),
      'loader/entries/a-9.9.9.conf': entry('9.9.9', 'its kernel is gone'),
      'vmlinuz-6.2.9': 'old',
      'vmlinuz-6.10.1': 'new',
      'initramfs-6.10.1.img': 'ramdisk',
    };
    const disk = gptDisk('fedora', [extVolume('boot', boot), extVolume('fedora-root', rootFiles)]);
    withDisk(disk, (source) => {
      const found = findBootFiles(source)!;
      expect(found).toMatchObject({ rootPartition: 2, commandLine: 'root=UUID=2 ro' });
      expect([found.kernel.path, found.ramdisk?.path]).toEqual(['vmlinuz-6.10.1', 'initramfs-6.10.1.img']);
    });
  });

  it('without a root or without a kernel has no boot files', () => {
    withDisk(at('esp'), (source) => expect(findBootFiles(source)).toBeNull());
    withDisk(at('bare.ext4'), (source) => expect(findBootFiles(source)).toBeNull());
  });
});

describeWith(['xorriso', 'sgdisk'], 'an isohybrid', () => {
  it('has a table and a file system on the whole medium', () => {
    const tree = folderOf('medium', { 'hello.txt': 'hello\n' });
    const path = at('hybrid.iso');
    const options = ['-as', 'mkisofs', '-quiet', '-V', 'MEDIUM', '-partition_offset', '16', '-o', path, tree];
    execFileSync('xorriso', options, { stdio: 'pipe' });
    withDisk(path, (source) => {
      const table = readPartitionTable(source);
      expect(table.scheme).toBe('mbr');
      expect(table.wholeDisk).toMatchObject({ fileSystem: 'iso9660', label: 'MEDIUM' });
    });
  });
});

describeWith('genisoimage', 'a bridge medium', () => {
  it('is called after the file system whose files are shown', () => {
    const tree = join(folder, 'bridge');
    mkdirSync(tree);
    writeFileSync(join(tree, 'a.txt'), 'a');
    const path = join(folder, 'bridge.iso');
    execFileSync('genisoimage', ['-quiet', '-R', '-udf', '-V', 'BRIDGE', '-o', path, tree]);
    const source = new FileSource(path);
    expect(describeVolume(source)).toMatchObject({ fileSystem: 'udf', title: 'UDF', label: 'BRIDGE' });
    source.close();
  });
});

describe('readPartitionTable', () => {
  it('finds nothing on an empty disk, and says so of content that looks like an image', () => {
    const nothing = { scheme: null, partitions: [], wholeDisk: null, warnings: [] };
    expect(readPartitionTable(new MemorySource(new Uint8Array(1 << 20)))).toMatchObject(nothing);
    expect(readPartitionTable(new MemorySource(new Uint8Array(3)))).toMatchObject(nothing);
    const nested = new Uint8Array(1 << 20);
    nested.set(Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'));
    const entries = [{ bootIndicator: 0, type: 0x83, startingLba: 63, sizeInLba: 100 }];
    encodeBootRecord({ diskSignature: 1, entries }, nested.subarray(0, 512));
    const table = readPartitionTable(new MemorySource(nested));
    expect(table.scheme).toBe('mbr');
    expect(table.warnings.map(({ code }) => code)).toEqual(['disk.nested-image']);
    const luks = new Uint8Array(1 << 20);
    luks.set(Buffer.from('LUKS\xba\xbe\0\x01', 'latin1'));
    expect(readPartitionTable(new MemorySource(luks))).toMatchObject({
      wholeDisk: { fileSystem: 'luks' },
      warnings: [],
    });
  });
});
