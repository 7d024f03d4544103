import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { geometryFor } from '#engine/disks/vhd/geometry.ts';
import { vhd } from '#engine/disks/vhd/index.ts';
import { Failure } from '#shared/failure.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise, writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import {
  expectSameBytes,
  extentsOf,
  hashFile,
  hashOf,
  noReferences,
  qemuImg,
  qemuSize,
  readChain,
  shapeOf,
  withReader,
  writeImage,
  type Piece,
} from '../image-files.ts';
import { sampleContents } from '../sample-contents.ts';
import { buildVhd } from './build-vhd.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;
const largest = 2040 * 2 ** 30;
const small = 64 * mebibyte;
const sizes = [mebibyte, 10 * mebibyte + 512, small, 300 * mebibyte, largest];

describeWith('qemu-img', 'VHDs of qemu-img', () => {
  const kinds = [
    'subformat=dynamic',
    'subformat=fixed',
    'subformat=dynamic,force_size=on',
    'subformat=fixed,force_size=on',
    'subformat=fixed,preallocation=falloc',
    'subformat=fixed,preallocation=full',
  ];
  const cases = sizes.slice(0, 4).flatMap((size) => kinds.map((kind) => ({ size, kind })));
  it.each(cases.filter(({ size, kind }) => size <= small || !kind.includes('preallocation')))(
    'reads $size bytes made with $kind',
    ({ size, kind }) => {
      const raw = writeRawDisk(at('in.raw'), size, sampleContents(size));
      qemuImg('convert', '-f', 'raw', '-O', 'vpc', '-o', kind, raw, at('q.vhd'));
      withReader(vhd, at('q.vhd'), (reader) => {
        expect(reader.capacityBytes).toBe(qemuSize(at('q.vhd'), 'vpc'));
        if (kind.includes('force_size')) expect(reader.capacityBytes).toBe(size);
        expect(reader.variant).toBe(kind.includes('fixed') ? 'fixed' : 'dynamic');
        expect(reader.warnings).toEqual([]);
        extentsOf(reader);
        for (const { at: start, bytes } of sampleContents(size)) {
          expectSameBytes(readChain([reader], start, bytes.length), bytes);
        }
        if (size > small) return;
        qemuImg('convert', '-f', 'vpc', '-O', 'raw', at('q.vhd'), at('q.raw'));
        expect(hashOf([reader])).toBe(hashFile(at('q.raw')));
      });
    },
  );

  it('reads the largest there is', () => {
    qemuImg('create', '-f', 'vpc', '-o', 'force_size=on', at('large.vhd'), `${largest}`);
    withReader(vhd, at('large.vhd'), (reader) => {
      expect(extentsOf(reader)).toEqual([{ state: 'absent', start: 0, length: largest }]);
    });
  });
});

const written = sizes.flatMap((size) => ['dynamic', 'fixed'].map((variant) => ({ size, variant })));

describe('VHDs written', () => {
  it.each(written)('read back: $variant, $size bytes', ({ size, variant }) => {
    const shape = shapeOf(vhd, size, variant);
    expect(shape.capacityBytes).toBe(size);
    writeImage(vhd, at('w.vhd'), shape, sampleContents(size));
    withReader(vhd, at('w.vhd'), (reader) => {
      expect([reader.capacityBytes, reader.variant, reader.warnings]).toEqual([size, variant, []]);
      extentsOf(reader);
      for (const { at: start, bytes } of sampleContents(size)) {
        expectSameBytes(readChain([reader], start, bytes.length), bytes);
      }
      if (size > small) return;
      expect(hashOf([reader])).toBe(hashFile(writeRawDisk(at('w.raw'), size, sampleContents(size))));
    });
  });

  it('round sizes up to sectors, and no further', () => {
    expect(vhd.creation!.capacityFor(1_000_003, { variant: '', options: {} })).toBe(1_000_448);
    expect(vhd.creation!.capacityFor(0, { variant: '', options: {} })).toBe(512);
    expect(vhd.creation!.capacityFor(largest, { variant: '', options: {} })).toBe(largest);
    expect(() => vhd.creation!.capacityFor(largest + 1, { variant: '', options: {} })).toThrow(Failure);
  });

  it.each(['dynamic', 'fixed'])('are the same for the same content, another for another: %s', (variant) => {
    const size = 5 * mebibyte;
    const write = (name: string, pieces: Piece[]): Uint8Array => {
      writeImage(vhd, at(name), shapeOf(vhd, size, variant), pieces);
      return readFileSync(at(name));
    };
    const pieces = sampleContents(size);
    pieces[1]!.bytes[17]! ^= 1;
    const first = write('a.vhd', sampleContents(size));
    expectSameBytes(write('b.vhd', sampleContents(size)), first);
    const other = write('c.vhd', pieces);
    const uniqueId = (bytes: Uint8Array): string =>
      Buffer.from(bytes.subarray(bytes.length - 512 + 68, bytes.length - 512 + 84)).toString('hex');
    expect(uniqueId(other)).not.toBe(uniqueId(first));
  });
});

describeWith('qemu-img', 'VHDs written, judged by qemu-img', () => {
  const cases = written.filter(({ size, variant }) => size < 2 ** 40 || variant === 'dynamic');
  it.each(cases)('hold the same disk: $variant, $size bytes', ({ size, variant }) => {
    const raw = writeRawDisk(at('j.raw'), size, sampleContents(size));
    writeImage(vhd, at('j.vhd'), shapeOf(vhd, size, variant), sampleContents(size));
    expect(qemuSize(at('j.vhd'), 'vpc')).toBe(size);
    expect(qemuImg('compare', '-f', 'raw', '-F', 'vpc', raw, at('j.vhd'))).toContain('identical');
  });
});

describeWith('vhdiinfo', 'VHDs written, judged by vhdiinfo', () => {
  it.each(written)('have the size: $variant, $size bytes', ({ size, variant }) => {
    writeImage(vhd, at('v.vhd'), shapeOf(vhd, size, variant), sampleContents(size));
    const text = execFileSync('vhdiinfo', [at('v.vhd')], { encoding: 'utf8' });
    expect(text).toMatch(new RegExp(`Disk type\\s*: ${variant}`, 'i'));
    expect(text).toMatch(new RegExp(`Media size\\s*: .*\\b${size}\\b`));
  });
});

describe('geometry', () => {
  it.each([
    [mebibyte, 30, 4, 17],
    [10 * mebibyte, 301, 4, 17],
    [200 * mebibyte, 825, 16, 31],
    [600 * mebibyte, 1219, 16, 63],
    [40 * 2 ** 30, 20560, 16, 255],
    [largest, 65535, 16, 255],
  ])('of %i bytes stays within the disk', (size, cylinders, heads, sectorsPerTrack) => {
    expect(geometryFor(size)).toEqual({ cylinders, heads, sectorsPerTrack });
    expect(cylinders * heads * sectorsPerTrack * 512).toBeLessThanOrEqual(size);
  });
});

describe('the size that the creator meant', () => {
  const geometry = [10, 4, 17] as const;
  const byGeometry = 10 * 4 * 17 * 512;
  const currentSize = 400_000;
  const built = (creator: string, shape: readonly [number, number, number] = geometry): Uint8Array =>
    buildVhd({ type: 2, currentSize, creator, geometry: shape, data: noise(400_384, 1) }).whole();
  const capacity = (bytes: Uint8Array): number =>
    vhd.open(new MemorySource(bytes), noReferences).capacityBytes;

  it.each(['vpc ', 'qemu'])('%s: the geometry', (creator) => {
    expect(capacity(built(creator))).toBe(byGeometry);
    const reader = vhd.open(new MemorySource(built(creator)), noReferences);
    expect(reader.warnings.map(({ code }) => code)).toEqual(['vhd.size-by-geometry']);
  });

  it.each(['win ', 'd2v ', 'qem2', 'tap\0', 'CTXS', 'vbox', 'wa\0\0', 'vs  '])('%j: the size', (creator) => {
    expect(capacity(built(creator))).toBe(currentSize);
  });

  it.each([
    [65535, 16, 255],
    [0, 0, 0],
  ] as const)('a geometry of %i/%i/%i says nothing', (...shape) => {
    expect(capacity(built('qemu', shape))).toBe(currentSize);
  });
});
