import { describe, expect, it } from 'vitest';
import { separate, seSparseExtent, seSparsePlaces } from './image-files.ts';
import {
  bytesIn,
  expectMalformed,
  expectSame,
  failureOf,
  filesOf,
  openBytes,
  tiledExtents,
} from './read-disk.ts';
import { grainOf, patched } from './sparse-image.ts';

const sectors = 8 * 9000;
const grains = { 0: grainOf(1, 8), 1: 'zero', 2: 'unmapped', 3: grainOf(2, 8), 8999: grainOf(3, 8) } as const;
const extent = seSparseExtent(sectors, grains);
const descriptor = separate('seSparse', [`RW ${sectors} SESPARSE "x-sesparse.vmdk"`]);
const read = (bytes: Uint8Array): Uint8Array => bytesIn(descriptor, filesOf({ 'x-sesparse.vmdk': bytes }));
const changed = (at: number, value: bigint): Buffer =>
  patched(extent, (bytes) => bytes.writeBigUInt64LE(value, at));
const table = seSparsePlaces.tables * 512;

describe('a seSparse extent', () => {
  it('is read through its descriptor', () => {
    const expected = Buffer.alloc(sectors * 512);
    expected.set(grainOf(1, 8), 0);
    expected.set(grainOf(2, 8), 3 * 4096);
    expected.set(grainOf(3, 8), 8999 * 4096);
    expectSame(read(extent), expected);
    const reader = openBytes(descriptor, filesOf({ 'x-sesparse.vmdk': extent }));
    expect(tiledExtents(reader).map(({ state, length }) => `${state} ${length / 4096}`)).toEqual([
      'stored 1',
      'zero 2',
      'stored 1',
      'absent 8995',
      'stored 1',
    ]);
  });

  it('numbers its grains in two parts', () => {
    const many = Object.fromEntries(Array.from({ length: 4100 }, (_, index) => [index, grainOf(index, 8)]));
    const image = seSparseExtent(sectors, many);
    expectSame(read(image).subarray(4096 * 4096, 4097 * 4096), grainOf(4096, 8));
    expectSame(read(image).subarray(4099 * 4096, 4100 * 4096), grainOf(4099, 8));
  });

  it.each([
    ['SESparseConstHeader', 'reserved3', changed(64, 1n)],
    ['SESparseConstHeader', 'padding', changed(500, 1n)],
    ['SESparseConstHeader', 'capacity', changed(16, 0n)],
    ['SESparseConstHeader', 'capacity', changed(16, 1n << 60n)],
    ['SESparseConstHeader', 'capacity', changed(16, 1n << 43n)],
    ['SESparseConstHeader', 'grainDirOffset', changed(128, 0n)],
    ['SESparseConstHeader', 'grainDirSize', changed(136, 0n)],
    ['SESparseVolatileHeader', 'magic', changed(512, 7n)],
    ['grain directory', 'entry 0', changed(seSparsePlaces.directory * 512, 0x2000_0000_0000_0000n)],
    ['grain directory', 'entry 0', changed(seSparsePlaces.directory * 512, 0x1000_0001_0000_0000n)],
    ['grain directory', 'entry 0', changed(seSparsePlaces.directory * 512, 0x1000_0000_0000_0003n)],
    ['grain directory', 'entry 0', changed(144, 0n)],
    ['grain table', 'entry 3', changed(table + 24, 0x4000_0000_0000_0000n)],
    ['grain table', 'entry 3', changed(table + 24, 1n)],
    ['grain table', 'entry 3', changed(table + 24, 0x3fff_ffff_ffff_ffffn)],
    ['grain table', 'entry 0', changed(192, 0n)],
  ])('is refused: %s, %s', (structure, field, image) => {
    expectMalformed(structure, field, () => read(image));
  });

  it.each([
    ['another version', changed(8, 0x200000002n)],
    ['other grains', changed(24, 16n)],
    ['other tables', changed(32, 128n)],
    ['flags', changed(40, 1n)],
    ['a journal to replay', changed(512 + 24, 1n)],
  ])('with %s is unsupported', (_, image) => {
    failureOf('image.unsupported', () => read(image));
  });

  it('that is cut off is refused', () => {
    const endOfGrains = (seSparsePlaces.grains + 3 * 8) * 512;
    for (const length of [100, 600, 1030, 6000, endOfGrains - 1]) {
      failureOf('image.truncated', () => read(extent.subarray(0, length)));
    }
    failureOf('image.truncated', () => read(changed(80, 1n << 40n)));
    failureOf('image.truncated', () => read(changed(128, 1n << 40n)));
  });

  it('by itself is no disk', () => {
    failureOf('image.unsupported', () => openBytes(extent));
  });
});
