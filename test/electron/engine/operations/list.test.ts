import { join } from 'node:path';
import { expect, it } from 'vitest';
import { build } from '#engine/operations/build.ts';
import { convert } from '#engine/operations/convert.ts';
import { listFiles } from '#engine/operations/list.ts';
import type { FileListing } from '#shared/domain/guest.ts';
import { describeWith } from '../../../setup/tools.ts';
import { writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';
import { contents, links, makeIso, makePartitionedDisk, makeTree } from './guest-files.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);

const namesOf = ({ entries }: FileListing): string[] => entries.map(({ path }) => path).sort();

/** Everything in the tree, as a listing must have it. */
const everything = [
  ...Object.keys(contents),
  ...links.map(([path]) => path),
  'bare',
  'boot',
  'boot/grub',
  'boot/grub/fonts',
].sort();

function expectTree(listing: FileListing): void {
  const entries = listing.entries.filter(({ path }) => path !== 'lost+found');
  expect(entries.map(({ path }) => path).sort()).toEqual(everything);
  for (const entry of entries) {
    const link = links.find(([path]) => path === entry.path);
    const bytes = contents[entry.path];
    expect(entry.kind).toBe(link ? 'link' : bytes ? 'file' : 'folder');
    if (link) expect(entry.target).toBe(link[1]);
    if (bytes) expect(entry.sizeBytes).toBe(bytes.length);
  }
}

describeWith(['genisoimage', 'sgdisk', 'mkfs.ext4', 'mkfs.fat', 'mcopy'], 'list', () => {
  const tree = makeTree(at('tree'));
  const iso = makeIso(tree, at('medium.iso'));
  const disk = makePartitionedDisk(tree, at('disk.raw'));
  const list = (request: Omit<Parameters<typeof listFiles>[0], 'source'>, path = disk): FileListing =>
    listFiles({ source: { path }, ...request }, quietControl());

  it('shows a folder of a medium, and all below it', () => {
    const top = list({}, iso);
    expect(top).toMatchObject({ path: iso, folder: '', table: null, truncated: false });
    expect(top.volume).toMatchObject({ fileSystem: 'iso9660', label: 'PLATTER', browsable: true });
    expect(namesOf(top)).toEqual(['absolute', 'bare', 'boot', 'current', 'empty.bin', 'readme.txt', 'trick']);
    expectTree(list({ recursive: true }, iso));
    const grub = list({ folder: 'boot/grub' }, iso);
    expect(grub.folder).toBe('boot/grub');
    expect(namesOf(grub)).toEqual(['boot/grub/fonts', 'boot/grub/menu.cfg', 'boot/grub/out']);
  });

  it('asks which partition, and lists the one that is chosen, in an image of any format', () => {
    const { table, entries, volume } = list({});
    expect({ entries, volume }).toEqual({ entries: [], volume: null });
    expect(table).toMatchObject({
      scheme: 'gpt',
      partitions: [
        { number: 1, volume: { label: 'EFI', browsable: true } },
        { number: 2, volume: { fileSystem: 'ext4', label: 'root', browsable: true } },
        { number: 3, volume: null },
      ],
    });
    expect(namesOf(list({ partition: 1 })).map((name) => name.toLowerCase())).toEqual([
      'kernel.bin',
      'readme.txt',
    ]);
    const qcow2 = at('disk.qcow2');
    const target = { format: 'qcow2', variant: 'zlib' };
    convert({ source: { path: disk }, outputPath: qcow2, target }, quietControl());
    expectTree(list({ partition: 2, recursive: true }, qcow2));
  });

  it('refuses folders, partitions and file systems that are not there', () => {
    expect(() => list({ folder: 'nowhere' }, iso)).toThrow(/package\.file-missing/);
    expect(() => list({ folder: 'readme.txt' }, iso)).toThrow(/input\.invalid|package\.file-missing/);
    expect(() => list({ partition: 9 })).toThrow(/input\.invalid.*no partition 9/);
    expect(() => list({ partition: 3 })).toThrow(/input\.invalid.*no file system on partition 3/);
    const nothing = writeRawDisk(at('nothing.raw'), 1 << 20, []);
    expect(() => list({}, nothing)).toThrow(/input\.invalid.*no file system/);
  });

  it('stops when cancelled', () => {
    const control = quietControl();
    control.cancel();
    expect(() => listFiles({ source: { path: iso } }, control)).toThrow('operation.cancelled');
  });

  it('shows the files of a package', () => {
    const path = at('some.ova');
    const input = { path: writeRawDisk(at('small.raw'), 1 << 20, []) };
    build({ builder: 'ova', inputs: [input], outputPath: path, fields: {} }, quietControl());
    const listing = list({}, path);
    expect(listing).toMatchObject({ path, volume: null, table: null });
    expect(namesOf(listing)).toEqual(['some-disk1.vmdk', 'some.mf', 'some.ovf']);
    for (const { kind, sizeBytes } of listing.entries) expect(kind === 'file' && sizeBytes > 0).toBe(true);
  });
});
