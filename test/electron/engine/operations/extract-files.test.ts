import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { extractFiles } from '#engine/operations/extract-files.ts';
import type { FileExtractionRequest } from '#shared/domain/guest.ts';
import { describeWith } from '../../../setup/tools.ts';
import { quietControl, type QuietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';
import { allUnder, contents, links, makeIso, makePartitionedDisk, makeTree, run } from './guest-files.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const outputFolder = at('new/out');

let count = 0;
/** A folder that is not there yet. */
const fresh = (): string => at(`out-${++count}`);

function expectTree(out: string): void {
  for (const [path, bytes] of Object.entries(contents)) {
    expect(readFileSync(join(out, path)).equals(Buffer.from(bytes)), path).toBe(true);
  }
  for (const [path, target, inside] of links) {
    if (inside) expect(readlinkSync(join(out, path))).toBe(target);
    else expect(lstatSync(join(out, path), { throwIfNoEntry: false })).toBeUndefined();
  }
  expect(lstatSync(join(out, 'bare')).isDirectory()).toBe(true);
}

describeWith(
  ['genisoimage', 'sgdisk', 'mkfs.ext4', 'mkfs.fat', 'mcopy', 'debugfs'],
  'extract, for files',
  () => {
    const tree = makeTree(at('tree'));
    const iso = makeIso(tree, at('medium.iso'));
    const disk = makePartitionedDisk(tree, at('disk.raw'));
    const extract = (request: Partial<FileExtractionRequest>, control: QuietControl = quietControl()) =>
      extractFiles({ source: { path: iso }, paths: [], outputFolder, ...request }, control);
    afterEach(() => expect(allUnder(folder).filter((name) => name.includes('.platter-partial'))).toEqual([]));

    it('writes everything on a medium, without the links that lead out', () => {
      const out = fresh();
      const control = quietControl();
      const result = extract({ outputFolder: out }, control);
      expectTree(out);
      const bytes = Object.values(contents).reduce((sum, one) => sum + one.length, 0);
      expect(result).toMatchObject({
        outputFolder: out,
        files: Object.keys(contents).length,
        folders: 4,
        bytes,
      });
      const skipped = links.filter(([, , inside]) => !inside).map(([path]) => path);
      expect(result.skipped.map(({ path }) => path).sort()).toEqual(skipped.sort());
      expect(control.phases.at(-1)).toMatchObject({ phase: 'copying', totalBytes: bytes, doneBytes: bytes });
      expect(control.partials.size).toBe(0);
    });

    it('writes a partition, also into a folder that is there', () => {
      const out = fresh();
      mkdirSync(join(out, 'boot'), { recursive: true });
      writeFileSync(join(out, 'boot/mine'), 'mine');
      extract({ source: { path: disk }, partition: 2, outputFolder: out });
      expectTree(out);
      expect(readFileSync(join(out, 'boot/mine'), 'utf8')).toBe('mine');
      expect(() => extract({ source: { path: disk }, outputFolder: fresh() })).toThrow(
        /input\.invalid.*which partition/,
      );
    });

    it('writes what is named, once', () => {
      const out = fresh();
      const paths = ['/boot/grub/', 'boot/grub/menu.cfg', 'readme.txt', 'readme.txt'];
      expect(extract({ paths, outputFolder: out })).toMatchObject({ files: 3 });
      expect(allUnder(out).filter((name) => lstatSync(join(out, name)).isFile())).toEqual([
        'boot/grub/fonts/one.pf2',
        'boot/grub/menu.cfg',
        'readme.txt',
      ]);
      const none = fresh();
      expect(() => extract({ paths: ['readme.txt', 'nothing'], outputFolder: none })).toThrow(
        'package.file-missing',
      );
      expect(existsSync(none)).toBe(false);
    });

    it('leaves out what is no file, and says so', () => {
      const ext4 = `${disk}.ext4`;
      run('debugfs', '-w', '-R', 'mknod device c 1 3', ext4);
      run('debugfs', '-w', '-R', 'mknod pipe p', ext4);
      const out = fresh();
      const { skipped } = extract({ source: { path: ext4 }, outputFolder: out });
      expectTree(out);
      const reason = 'it is a device, a pipe or a socket';
      for (const path of ['device', 'pipe']) expect(skipped).toContainEqual({ path, reason });
    });

    it('replaces nothing without force, and takes back what it had written', () => {
      const out = fresh();
      mkdirSync(join(out, 'boot/grub'), { recursive: true });
      writeFileSync(join(out, 'boot/grub/menu.cfg'), 'mine');
      writeFileSync(join(out, 'current'), 'mine');
      const before = allUnder(out);
      expect(() => extract({ outputFolder: out })).toThrow('io.exists');
      expect(allUnder(out)).toEqual(before);
      expect(readFileSync(join(out, 'boot/grub/menu.cfg'), 'utf8')).toBe('mine');
      extract({ outputFolder: out, force: true });
      expectTree(out);
    });

    it('never writes through a link that is there', () => {
      const out = fresh();
      const elsewhere = fresh();
      mkdirSync(out);
      mkdirSync(elsewhere);
      symlinkSync(elsewhere, join(out, 'boot'));
      for (const force of [false, true]) {
        expect(() => extract({ outputFolder: out, force })).toThrow('io.exists');
        expect(readdirSync(elsewhere)).toEqual([]);
      }
      // A link in the place of a file is replaced, not followed.
      const file = join(elsewhere, 'precious');
      writeFileSync(file, 'precious');
      const other = fresh();
      mkdirSync(other);
      symlinkSync(file, join(other, 'readme.txt'));
      extract({ outputFolder: other, force: true });
      expectTree(other);
      expect(readFileSync(file, 'utf8')).toBe('precious');
    });

    it('cancelled, removes what it wrote, and the folders it made, and no others', () => {
      const out = join(fresh(), 'deep/er');
      expect(() => extract({ outputFolder: out }, quietControl(0, 100_000))).toThrow('operation.cancelled');
      expect(existsSync(join(out, '../..'))).toBe(false);
      const there = fresh();
      mkdirSync(there);
      expect(() => extract({ outputFolder: there }, quietControl(0, 100_000))).toThrow('operation.cancelled');
      expect(readdirSync(there)).toEqual([]);
    });
  },
);
