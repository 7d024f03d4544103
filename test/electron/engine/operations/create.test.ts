import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { diskDrivers } from '#engine/disks/registry.ts';
import { compareImages } from '#engine/operations/compare.ts';
import { convert } from '#engine/operations/convert.ts';
import { createImage } from '#engine/operations/create.ts';
import { inspect } from '#engine/operations/inspect.ts';
import { describeWith } from '../../../setup/tools.ts';
import { qemuImg, qemuSize } from '../disks/image-files.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
afterEach(() => expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]));

const qemuNames: Readonly<Record<string, string>> = { vhd: 'vpc' };
const size = 12 << 20;
const shapes = diskDrivers.flatMap(({ id, creation }) =>
  (creation?.variants ?? []).map(({ id: variant }) => [id, variant] as const),
);
const base = writeRawDisk(at('base.raw'), size, [{ at: 65_536, bytes: noise(200_000) }]);

interface QemuInfo {
  readonly 'backing-filename'?: string;
  readonly 'backing-filename-format'?: string;
}
const infoOf = (path: string): QemuInfo => JSON.parse(qemuImg('info', '--output=json', path)) as QemuInfo;

describeWith('qemu-img', 'create', () => {
  it.each(shapes)('makes an empty %s, %s, that qemu-img opens', (format, variant) => {
    const own = at(`${format}-${variant}`);
    mkdirSync(own);
    const outputPath = join(own, 'disk');
    const control = quietControl();
    const target = { format, variant };
    const result = createImage({ outputPath, target, capacityBytes: size }, control);
    expect(result).toMatchObject({ path: outputPath, format, variant, virtualSizeBytes: size });
    const sizes = readdirSync(own).map((name) => statSync(join(own, name)).size);
    expect(result.fileSizeBytes).toBe(sizes.reduce((sum, one) => sum + one, 0));
    expect(control.partials.size).toBe(0);
    const name = qemuNames[format] ?? format;
    expect(qemuSize(outputPath, name)).toBe(size);
    const empty = writeRawDisk(at('empty.raw'), size, []);
    expect(qemuImg('compare', '-f', name, '-F', 'raw', outputPath, empty)).toContain('identical');
    expect(inspect({ path: outputPath }, quietControl(), false).virtualSizeBytes).toBe(size);
  });

  it('makes overlays that show the backing image, named from where they lie', () => {
    for (const format of ['raw', 'qcow2', 'vmdk']) {
      mkdirSync(at(`of-${format}/deep`), { recursive: true });
      const path = at(`of-${format}/back`);
      convert({ source: { path: base }, outputPath: path, target: { format } }, quietControl());
      const places = [
        [at(`of-${format}/beside.qcow2`), 'back'],
        [at(`of-${format}/deep/below.qcow2`), path],
        [at(`above-${format}.qcow2`), `of-${format}/back`],
      ] as const;
      for (const [outputPath, name] of places) {
        const target = { format: 'qcow2', backing: { path } };
        const result = createImage({ outputPath, target }, quietControl());
        expect(result.virtualSizeBytes).toBe(size);
        expect(infoOf(outputPath)).toMatchObject({
          'backing-filename': name,
          'backing-filename-format': format,
        });
        expect(qemuImg('compare', outputPath, base)).toContain('identical');
        expect(result.fileSizeBytes).toBeLessThan(1 << 20);
        const ours = compareImages({ path: outputPath, allowed: [path] }, { path: base }, quietControl());
        expect(ours.identical).toBe(true);
      }
    }
  });

  it('makes overlays larger and smaller than what lies under them', () => {
    for (const capacityBytes of [1 << 20, 40 << 20]) {
      const outputPath = at(`over-${capacityBytes}.qcow2`);
      const target = { format: 'qcow2', backing: { path: base } };
      expect(createImage({ outputPath, target, capacityBytes }, quietControl()).virtualSizeBytes).toBe(
        capacityBytes,
      );
      const expected = writeRawDisk(at('expected.raw'), capacityBytes, [
        { at: 65_536, bytes: noise(200_000) },
      ]);
      expect(qemuImg('compare', '-f', 'qcow2', '-F', 'raw', outputPath, expected)).toContain('identical');
    }
  });

  it('spells the name of a backing image so that no part of it is a protocol', () => {
    mkdirSync(at('colon'));
    const path = writeRawDisk(at('colon/disk:1.raw'), size, [{ at: 0, bytes: noise(4096) }]);
    const outputPath = at('colon/over.qcow2');
    createImage({ outputPath, target: { format: 'qcow2', backing: { path } } }, quietControl());
    expect(qemuImg('compare', '-F', 'raw', outputPath, `file:${path}`)).toContain('identical');
    expect(compareImages({ path: outputPath }, { path }, quietControl()).identical).toBe(true);
  });
});

describe('create refuses', () => {
  const over = (format: string, backing: object) => ({ format, backing: backing as { path: string } });
  const make = (target: object, more: object = {}) =>
    createImage({ outputPath: at('refused'), target: target as { format: string }, ...more }, quietControl());
  afterEach(() => expect(existsSync(at('refused'))).toBe(false));

  it('an image without a size', () => {
    expect(() => make({ format: 'qcow2' })).toThrow(/input\.invalid.*needs a size/);
  });

  it('a backing image under formats that have none', () => {
    for (const { id, creation } of diskDrivers) {
      if (creation === undefined || creation.backs === true) continue;
      expect(() => make(over(id, { path: base }))).toThrow(/input\.invalid.*over a backing image/);
    }
  });

  it('backing images that are not a file of their own', () => {
    const qcow2 = at('snapshots.qcow2');
    qemuImg('create', '-f', 'qcow2', qcow2, '4M');
    qemuImg('snapshot', '-c', 'before', qcow2);
    const wrapped = at('base.raw.gz');
    writeFileSync(wrapped, execFileSync('gzip', ['-c', base], { maxBuffer: 64 << 20 }));
    const wrong = [
      { path: wrapped },
      { path: qcow2, snapshot: 'before' },
      { path: base, volume: { start: 0, length: 1 << 20 } },
    ];
    for (const backing of wrong) {
      expect(() => make(over('qcow2', backing))).toThrow(/input\.invalid.*a file of its own/);
    }
    expect(() => make(over('qcow2', { path: at('nowhere') }))).toThrow('io.not-found');
  });

  it('to be written in a wrapper, in a folder that is not there, with unknown words', () => {
    const capacityBytes = size;
    expect(() => make({ format: 'raw', wrapper: 'gzip' }, { capacityBytes })).toThrow('input.invalid');
    expect(() => make({ format: 'raw', variant: 'nice' }, { capacityBytes })).toThrow('input.invalid');
    expect(() => make({ format: 'raw', options: { nice: 1 } }, { capacityBytes })).toThrow('input.invalid');
    const outputPath = at('no/folder.raw');
    const target = { format: 'raw' };
    expect(() => createImage({ outputPath, target, capacityBytes }, quietControl())).toThrow('io.not-found');
  });

  it('to replace a file without force, and its own backing image even then', () => {
    const outputPath = at('there.qcow2');
    writeFileSync(outputPath, 'precious');
    const request = { outputPath, target: { format: 'qcow2' }, capacityBytes: size };
    expect(() => createImage(request, quietControl())).toThrow('io.exists');
    expect(readFileSync(outputPath, 'utf8')).toBe('precious');
    createImage({ ...request, force: true }, quietControl());
    expect(qemuSize(outputPath, 'qcow2')).toBe(size);
    const before = readFileSync(base);
    const itself = { outputPath: base, target: over('qcow2', { path: base }), force: true };
    expect(() => createImage(itself, quietControl())).toThrow('input.invalid');
    expect(readFileSync(base).equals(before)).toBe(true);
  });

  it('what has no room on the disk', () => {
    const request = { target: { format: 'raw', variant: 'preallocated' }, capacityBytes: 2 ** 52 };
    expect(() => createImage({ ...request, outputPath: at('refused') }, quietControl())).toThrow(
      'io.no-space',
    );
  });
});
