import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { vhd } from '#engine/disks/vhd/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { expectSameBytes, noReferences, qemuImg, qemuSize, readChain, shapeOf } from '../image-files.ts';
import { sampleContents } from '../sample-contents.ts';
import { acceptsUuid, reportOf, resized, resizeOf, writtenBytes } from '../structure-files.ts';
import { buildVhd, type VhdParts } from './build-vhd.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;
const blockBytes = 8192;
const all = (): boolean => true;
const full = (seed: number): { present: () => boolean; data: Uint8Array } => ({
  present: all,
  data: noise(blockBytes, seed),
});
const fixed: VhdParts = { type: 2, currentSize: 10_240, data: noise(10_240, 4) };
const read = (bytes: Uint8Array, start: number, length: number): Uint8Array =>
  readChain([vhd.open(new MemorySource(bytes), noReferences)], start, length);

describe('another size for a fixed VHD', () => {
  const bytes = buildVhd(fixed).whole();

  it.each([10_752, 11_264, mebibyte])('grows to %i bytes, and its old footer is gone', (size) => {
    const larger = resized(vhd, bytes, size);
    expect(larger.length).toBe(size + 512);
    expectSameBytes(read(larger, 0, 10_240), noise(10_240, 4));
    expectSameBytes(read(larger, 10_240, size - 10_240), new Uint8Array(size - 10_240));
  });

  it('with its size by the geometry becomes one whose size is exact', () => {
    const data = noise(400_384, 1);
    const old = buildVhd({
      type: 2,
      currentSize: 400_384,
      creator: 'qemu',
      geometry: [10, 4, 17],
      data,
    }).whole();
    const larger = resized(vhd, old, mebibyte);
    const reader = vhd.open(new MemorySource(larger), noReferences);
    expect([reader.capacityBytes, reader.warnings]).toEqual([mebibyte, []]);
    // Behind the end by geometry there were bytes of no disk.
    expectSameBytes(read(larger, 348_160, mebibyte - 348_160), new Uint8Array(mebibyte - 348_160));
  });

  it('shrinks where only zeros are behind', () => {
    const data = noise(10_240, 4).fill(0, 5000);
    const smaller = resized(vhd, buildVhd({ ...fixed, data }).whole(), 5120);
    expect(smaller.length).toBe(5632);
    expectSameBytes(read(smaller, 0, 5120), data.subarray(0, 5120));
    expect(() => resizeOf(vhd, bytes, 5120)).toThrow(/input\.invalid/);
  });

  it('needs whole sectors, and no more than there can be', () => {
    expect(() => resizeOf(vhd, bytes, 1000)).toThrow(/input\.invalid/);
    expect(() => resizeOf(vhd, bytes, 2041 * 2 ** 30)).toThrow(/image\.unsupported/);
  });
});

describe('another size for a dynamic VHD', () => {
  const parts: VhdParts = {
    type: 3,
    currentSize: 3 * blockBytes - 512,
    blockBytes,
    blocks: [full(1), null, full(2)],
  };
  const bytes = buildVhd(parts).whole();

  it('grows where the table has room, and shows no old bytes', () => {
    const size = 128 * blockBytes;
    const larger = resized(vhd, bytes, size);
    expect(larger.length).toBe(bytes.length);
    expect(reportOf(vhd, larger).totalUnits).toBe(128);
    expectSameBytes(read(larger, 0, parts.currentSize), read(bytes, 0, parts.currentSize));
    expectSameBytes(read(larger, parts.currentSize, 60_000), new Uint8Array(60_000));
    expect(resizeOf(vhd, bytes, size + 512)).toBeNull();
  });

  it('shrinks where only zeros are behind, and drops the last blocks of the file', () => {
    const zeros = { present: all, data: new Uint8Array(blockBytes) };
    const old = buildVhd({ ...parts, blocks: [full(1), null, zeros] }).whole();
    const smaller = resized(vhd, old, blockBytes);
    expect(smaller.length).toBe(old.length - 512 - blockBytes);
    expectSameBytes(read(smaller, 0, blockBytes), noise(blockBytes, 1));
    // An end that nothing stores, with a larger table.
    expect(
      resized(vhd, buildVhd({ ...parts, blocks: [full(1), null, null] }).whole(), blockBytes).length,
    ).toBe(smaller.length);
    expect(() => resizeOf(vhd, bytes, blockBytes)).toThrow(/input\.invalid/);
  });

  it('takes a copy on a parent, or when something is wrong', () => {
    const child = buildVhd({ ...parts, type: 4, parentName: 'a.vhd' }).whole();
    const damaged = bytes.slice().fill(0x55, 0, 300);
    for (const file of [child, damaged]) expect(resizeOf(vhd, file, 4 * blockBytes)).toBeNull();
  });
});

const resizes = ['dynamic', 'fixed'].map((variant) => ({ variant }));

describeWith(['qemu-img', 'vhdiinfo'], 'a VHD of another size, judged by qemu-img and vhdiinfo', () => {
  it.each(resizes)('$variant', ({ variant }) => {
    const old = 5 * mebibyte + 512;
    const bytes = writtenBytes(vhd, at('r.vhd'), old, variant, sampleContents(old));
    writeFileSync(at('r.raw'), read(bytes, 0, old));
    const size = 40 * mebibyte + 1024;
    writeFileSync(at('r.vhd'), resized(vhd, bytes, size));
    expect(qemuSize(at('r.vhd'), 'vpc')).toBe(size);
    expect(qemuImg('compare', '-f', 'raw', '-F', 'vpc', at('r.raw'), at('r.vhd'))).toContain('identical');
    const text = execFileSync('vhdiinfo', [at('r.vhd')], { encoding: 'utf8' });
    expect(text).toMatch(new RegExp(`Media size\\s*: .*\\b${size}\\b`));
  });
});

describe('options of a VHD to be written', () => {
  it.each([
    [1, 20],
    [20 * mebibyte, 20],
    [20 * mebibyte + 1, 21],
    [300 * mebibyte - 512, 300],
  ])('%i bytes get a size for Azure', (size, mebibytes) => {
    expect(shapeOf(vhd, size, 'fixed', { azure: true }).capacityBytes).toBe(mebibytes * mebibyte);
  });

  it('make a file of whole MiB and a footer', () => {
    const bytes = writtenBytes(vhd, at('a.vhd'), 20 * mebibyte + 3, 'fixed', [], { azure: true });
    expect(bytes.length).toBe(21 * mebibyte + 512);
  });

  it.each(['dynamic', 'fixed'])('give the unique ID: %s', (variant) => {
    const uuid = '01234567-89ab-cdef-0123-456789abcdef';
    const bytes = writtenBytes(vhd, at('u.vhd'), mebibyte, variant, [], { uuid });
    expect(vhd.open(new MemorySource(bytes), noReferences).identity).toBe(uuid);
    expect(acceptsUuid(vhd, uuid)).toBe(true);
  });
});
