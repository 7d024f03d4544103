import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise } from '../../pattern.ts';
import { quietControl } from '../../quiet-control.ts';
import { scratchFolder } from '../../scratch.ts';
import { separate } from './image-files.ts';
import { applyPatch } from './patching.ts';
import { alone, bytesIn, expectSame, failureOf } from './read-disk.ts';
import { descriptorText, grainOf, patched, sparseImage } from './sparse-image.ts';
import { imageOf, shapeOf } from './write-disk.ts';

const unit = 65536;
const mebibyte = 1 << 20;
const resized = (image: Uint8Array, capacityBytes: number): Uint8Array | null => {
  const patch = vmdk.resize!(new MemorySource(image), capacityBytes);
  return patch === null ? null : applyPatch(image, patch);
};
const corruptions = (image: Uint8Array): number =>
  vmdk.structure!.check(new MemorySource(image), alone, quietControl()).corruptions;

const capacity = 10 * mebibyte + 512;
const pieces = [
  { at: unit, bytes: noise(unit, 1) },
  { at: 10 * mebibyte, bytes: noise(512, 2) },
];
const image = imageOf(shapeOf(capacity), pieces);

describe('a monolithicSparse disk', () => {
  it('grows as far as its tables reach', () => {
    const grown = resized(image, 32 * mebibyte)!;
    const expected = new Uint8Array(32 * mebibyte);
    for (const { at, bytes } of pieces) expected.set(bytes, at);
    expectSame(bytesIn(grown), expected);
    expect(corruptions(grown)).toBe(0);
    const text = Buffer.from(grown).toString('latin1', 512, 10752);
    expect(text).toContain('\nRW 65536 SPARSE "disk.vmdk"\n');
    expect(text).toContain('\nddb.geometry.cylinders = "32"\n');
    expect(text.length - text.indexOf('\0')).toBeGreaterThan(8000);
    expect(resized(image, 32 * mebibyte + 512)).toBeNull();
  });

  it('does not show what lay behind its end', () => {
    const short = sparseImage({
      capacity: 100,
      grainSize: 8,
      numGTEsPerGT: 32,
      redundant: true,
      grains: { 12: grainOf(3, 8) },
    });
    // An entry behind the end, which nobody has looked at so far.
    const stale = patched(short.bytes, (bytes) => {
      for (const table of [short.tables[0]!, short.redundantTables[0]!]) {
        bytes.writeUInt32LE(short.grainSectors.get(12)!, table * 512 + 20 * 4);
      }
    });
    const grown = bytesIn(resized(stale, 256 * 512)!);
    expectSame(grown.subarray(96 * 512, 100 * 512), grainOf(3, 8).subarray(0, 4 * 512));
    expect(grown.subarray(100 * 512).every((byte) => byte === 0)).toBe(true);
  });

  it('shrinks where only zeros are cut off, and can grow again', () => {
    const failure = failureOf('input.invalid', () => resized(image, 10 * mebibyte));
    expect(failure.details.problem).toContain('10485760');
    failureOf('input.invalid', () => resized(image, 2 * unit - 512));
    failureOf('input.invalid', () => resized(image, 1000));
    const zeros = [pieces[0]!, { at: 5 * mebibyte, bytes: new Uint8Array(unit) }];
    const withZeros = patched(
      imageOf(shapeOf(capacity), [pieces[0]!, { at: 5 * mebibyte, bytes: noise(unit) }]),
      (bytes) => void bytes.fill(0, bytes.length - unit),
    );
    expectSame(bytesIn(withZeros), bytesIn(imageOf(shapeOf(capacity), zeros)));
    const shrunk = resized(withZeros, 2 * unit + 512)!;
    expect(bytesIn(shrunk).length).toBe(2 * unit + 512);
    expect(corruptions(shrunk)).toBe(0);
    const patch = vmdk.structure!.repair!(new MemorySource(shrunk), alone, quietControl(), 'leaks');
    const again = resized(applyPatch(shrunk, patch!), capacity)!;
    expectSame(bytesIn(again), bytesIn(withZeros));
    expect(corruptions(again)).toBe(0);
  });
});

it('takes a copy for everything else', () => {
  expect(resized(imageOf(shapeOf(capacity, 'streamOptimized'), pieces), 20 * mebibyte)).toBeNull();
  expect(resized(separate('monolithicFlat', ['RW 8 FLAT "x" 0']), 8192)).toBeNull();
  const child = descriptorText(2048).replace('parentCID=ffffffff', 'parentCID=12345678');
  expect(resized(sparseImage({ descriptor: child }).bytes, 2 * mebibyte)).toBeNull();
  expect(resized(sparseImage({ descriptor: null }).bytes, 2 * mebibyte)).toBeNull();
  const damaged = patched(image, (bytes) => bytes.writeUInt32LE(0x00ffffff, 22 * 512 + 4));
  failureOf('image.malformed', () => bytesIn(damaged));
  expect(resized(damaged, 20 * mebibyte)).toBeNull();
});

describeWith('qemu-img', 'to qemu-img', () => {
  it('the disk has its new size, and its bytes', () => {
    const folder = scratchFolder();
    const path = join(folder, 'grown.vmdk');
    writeFileSync(path, resized(image, 20 * mebibyte)!);
    const info = execFileSync('qemu-img', ['info', '--output=json', path], { encoding: 'utf8' });
    expect(JSON.parse(info)).toMatchObject({ format: 'vmdk', 'virtual-size': 20 * mebibyte });
    execFileSync('qemu-img', ['check', '-q', '-f', 'vmdk', path]);
    const raw = join(folder, 'grown.raw');
    writeFileSync(raw, bytesIn(resized(image, 20 * mebibyte)!));
    execFileSync('qemu-img', ['compare', '-f', 'vmdk', '-F', 'raw', path, raw]);
  });
});
