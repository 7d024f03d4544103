import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { convert } from '#engine/operations/convert.ts';
import { inspect } from '#engine/operations/inspect.ts';
import { resizeImage } from '#engine/operations/resize.ts';
import { undoRepair } from '#engine/operations/structure.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import { describeWith } from '../../../setup/tools.ts';
import { qemuImg, qemuSize } from '../disks/image-files.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const leftBehind = (): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.includes('.platter-partial'));
afterEach(() => expect(leftBehind()).toEqual([]));

const mebibyte = 1 << 20;
const pieces = [
  { at: 0, bytes: prose(mebibyte, 1) },
  { at: 3 * mebibyte + 4096, bytes: noise(300_000, 2) },
];
/** What the disks show at each size: the same, with more or fewer zeros behind it. */
const rawOf = (size: number): string => writeRawDisk(at(`${size}.raw`), size, pieces);
const size = 8 * mebibyte;
const larger = 40 * mebibyte;
const smaller = 4 * mebibyte;

const qemuNames: Readonly<Record<string, string>> = { vhd: 'vpc' };
const digestOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** A disk of its own folder, in that format. */
function make(format: string, variant: string, options: OptionValues = {}): string {
  const own = at(`${format}-${variant}-${readdirSync(folder).length}`);
  mkdirSync(own);
  const outputPath = join(own, 'disk');
  const target = { format, variant, options };
  convert({ source: { path: rawOf(size) }, outputPath, target }, quietControl());
  return outputPath;
}

function expectDisk(path: string, format: string, capacityBytes: number): void {
  const name = qemuNames[format] ?? format;
  expect(qemuSize(path, name)).toBe(capacityBytes);
  expect(qemuImg('compare', '-f', name, '-F', 'raw', path, rawOf(capacityBytes))).toContain('identical');
  if (['qcow2', 'vdi', 'vhdx'].includes(format)) qemuImg('check', '-q', '-f', format, path);
}

const grow = (path: string, capacityBytes: number) => resizeImage({ path, capacityBytes }, quietControl());
const shrink = (path: string, capacityBytes: number) =>
  resizeImage({ path, capacityBytes, shrink: true }, quietControl());

/** Formats of one file; whether the file itself can grow, and shrink, in place. */
const single = [
  ['raw', 'sparse'],
  ['qcow2', 'plain'],
  ['qcow2', 'zlib'],
  ['qcow2', 'zstd'],
  ['vmdk', 'monolithicSparse'],
  ['vmdk', 'streamOptimized'],
  ['vdi', 'dynamic'],
  ['vdi', 'static'],
  ['vhd', 'dynamic'],
  ['vhd', 'fixed'],
  ['vhdx', 'dynamic'],
  ['vhdx', 'fixed'],
] as const;

describeWith('qemu-img', 'resize', () => {
  it.each(single)(
    '%s %s grows and shrinks, keeps its variant, and the backup undoes it',
    (format, variant) => {
      for (const [change, capacityBytes] of [
        [grow, larger],
        [shrink, smaller],
      ] as const) {
        const path = make(format, variant);
        const before = digestOf(path);
        const old = inspect({ path }, quietControl(), false);
        const result = change(path, capacityBytes);
        expect(result).toMatchObject({ path, oldBytes: size, newBytes: capacityBytes });
        expect(result.inPlace).toBe(result.backupPath !== null);
        expectDisk(path, format, capacityBytes);
        expect(inspect({ path }, quietControl(), false).variant).toBe(old.variant);
        if (result.backupPath === null) continue;
        undoRepair(path, result.backupPath);
        expect(digestOf(path)).toBe(before);
      }
    },
  );

  it.each([
    ['raw', 'sparse'],
    ['qcow2', 'plain'],
    ['vhd', 'fixed'],
  ])('%s %s grows in place', (format, variant) => {
    const path = make(format, variant);
    const { ino } = statSync(path);
    expect(grow(path, larger).inPlace).toBe(true);
    expect(statSync(path).ino).toBe(ino);
  });

  it.each(single)(
    '%s %s refuses to lose data, naming where it ends, or to shrink unasked',
    (format, variant) => {
      const path = make(format, variant);
      const before = digestOf(path);
      expect(() => shrink(path, 2 * mebibyte)).toThrow(
        new RegExp(`input\\.invalid.*data up to byte ${3 * mebibyte + 4096 + 300_000}:`),
      );
      expect(() => grow(path, smaller)).toThrow(/input\.invalid.*--shrink/);
      expect(digestOf(path)).toBe(before);
      expect(readdirSync(join(path, '..'))).toEqual(['disk']);
    },
  );

  it('does nothing for the size that it has', () => {
    const path = make('qcow2', 'plain');
    const before = digestOf(path);
    expect(grow(path, size)).toEqual({
      path,
      oldBytes: size,
      newBytes: size,
      inPlace: true,
      backupPath: null,
    });
    expect(digestOf(path)).toBe(before);
  });

  it('cuts off stored zeros', () => {
    const path = at('stored-zeros.qcow2');
    qemuImg('create', '-q', '-f', 'qcow2', '-o', 'preallocation=full', path, '8M');
    expect(shrink(path, smaller)).toMatchObject({ newBytes: smaller });
    expect(qemuSize(path, 'qcow2')).toBe(smaller);
    qemuImg('check', '-q', path);
  });

  it('by a copy keeps the options, the permissions and a link that leads to the file', () => {
    const options = { cluster_size: 8192, compat: '0.10' };
    const path = make('qcow2', 'zlib', options);
    const link = at('link.qcow2');
    symlinkSync(path, link);
    chmodSync(path, 0o640);
    // The last cluster is compressed, and cut in two: that takes a copy.
    const result = shrink(link, 3 * mebibyte + 4096 + 300_032);
    expect(result).toMatchObject({ inPlace: false, backupPath: null });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expectDisk(path, 'qcow2', 3 * mebibyte + 4096 + 300_032);
    const info = qemuImg('info', path);
    expect(info).toContain('cluster_size: 8192');
    expect(info).toContain('compat: 0.10');
    const vmdk = make('vmdk', 'streamOptimized', { adapter_type: 'buslogic', hwversion: 11 });
    expect(grow(vmdk, larger).inPlace).toBe(false);
    const { facts } = inspect({ path: vmdk }, quietControl(), false);
    expect(facts).toContainEqual({ label: 'Adapter type', value: 'buslogic' });
    expect(facts).toContainEqual({ label: 'Hardware version', value: '11' });
  });

  it('refuses what a copy would lose: snapshots, bitmaps, other files', () => {
    const path = make('qcow2', 'plain');
    qemuImg('snapshot', '-c', 'before', path);
    const bitmap = make('qcow2', 'plain');
    qemuImg('bitmap', '--add', bitmap, 'dirty');
    const split = make('vmdk', 'twoGbMaxExtentSparse');
    const own = at('data-file');
    mkdirSync(own);
    const data = join(own, 'disk');
    qemuImg('create', '-q', '-f', 'qcow2', '-o', `data_file=${join(own, 'data')}`, data, '8M');
    qemuImg('amend', '-f', 'qcow2', '-o', 'data_file=data', data);
    for (const [file, change] of [
      [path, () => shrink(path, smaller)],
      [bitmap, () => grow(bitmap, larger)],
      [split, () => shrink(split, smaller)],
      [data, () => grow(data, larger)],
    ] as const) {
      const names = readdirSync(join(file, '..'));
      const before = names.map((name) => digestOf(join(file, '..', name)));
      expect(change).toThrow(/input\.invalid.*convert it/);
      expect(readdirSync(join(file, '..'))).toEqual(names);
      expect(names.map((name) => digestOf(join(file, '..', name)))).toEqual(before);
    }
  });

  it('of an overlay never brings to sight what its parent has behind its end', () => {
    const parent = at('parent.raw');
    writeRawDisk(parent, larger, [{ at: 20 * mebibyte, bytes: noise(5000, 9) }]);
    const path = at('overlay.qcow2');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', 'parent.raw', '-F', 'raw', path, '8M');
    const before = digestOf(path);
    expect(() => grow(path, larger)).toThrow(/input\.invalid.*parent/);
    expect(() => shrink(path, smaller)).toThrow(/input\.invalid.*stands on another image/);
    expect(digestOf(path)).toBe(before);
  });

  it('refuses a compressed file, and leaves it as it is', () => {
    const wrapped = at('wrapped.raw.gz');
    writeFileSync(wrapped, execFileSync('gzip', ['-c', rawOf(size)], { maxBuffer: 64 << 20 }));
    const before = digestOf(wrapped);
    expect(() => grow(wrapped, larger)).toThrow(/input\.invalid.*compressed \(gzip\)/);
    expect(digestOf(wrapped)).toBe(before);
  });

  it('cancelled, leaves everything as it was', () => {
    const path = make('vmdk', 'streamOptimized');
    const before = digestOf(path);
    const control = quietControl(0, 1000);
    expect(() => resizeImage({ path, capacityBytes: larger }, control)).toThrow('operation.cancelled');
    expect(digestOf(path)).toBe(before);
    expect(control.partials.size).toBe(0);
  });

  it('never writes over a backup that is there', () => {
    const path = rawOf(size + 512);
    const first = grow(path, larger).backupPath!;
    const second = grow(path, larger + 512).backupPath!;
    expect(second).not.toBe(first);
    expect(existsSync(first)).toBe(true);
    renameSync(second, `${second}.kept`);
  });
});
