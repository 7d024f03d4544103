import { describe, expect, it } from 'vitest';
import { cowExtent, separate } from './image-files.ts';
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

const sectors = 5000;
const delta = cowExtent(sectors, 1, {
  0: grainOf(1, 1),
  1: grainOf(2, 1),
  4096: grainOf(3, 1),
  4999: grainOf(4, 1),
});
const descriptor = separate('vmfsSparse', [`RW ${sectors} VMFSSPARSE "x-delta.vmdk"`]);
const read = (bytes: Uint8Array): Uint8Array => bytesIn(descriptor, filesOf({ 'x-delta.vmdk': bytes }));

describe('an ESX server sparse extent', () => {
  it('is read through its descriptor', () => {
    const expected = Buffer.alloc(sectors * 512);
    for (const [seed, sector] of [0, 1, 4096, 4999].entries())
      expected.set(grainOf(seed + 1, 1), sector * 512);
    expectSame(read(delta), expected);
    const reader = openBytes(descriptor, filesOf({ 'x-delta.vmdk': delta }));
    expect(reader.variant).toBe('vmfsSparse');
    expect(tiledExtents(reader).map(({ state, length }) => `${state} ${length / 512}`)).toEqual([
      'stored 2',
      'absent 4094',
      'stored 1',
      'absent 902',
      'stored 1',
    ]);
  });

  it('has grains of other sizes, and no zeroed ones', () => {
    const image = cowExtent(sectors, 2048, { 0: grainOf(1, 2048), 2: grainOf(2, 2048) });
    expectSame(read(image).subarray(2 * 2048 * 512), grainOf(2, 2048).subarray(0, 904 * 512));
    expectMalformed('grain table', 'entry 7', () =>
      read(patched(delta, (bytes) => bytes.writeUInt32LE(1, 2560 + 28))),
    );
  });

  it.each([
    ['grainSize', (bytes: Buffer) => bytes.writeUInt32LE(0, 16)],
    ['grainSize', (bytes: Buffer) => bytes.writeUInt32LE(3, 16)],
    ['grainSize', (bytes: Buffer) => bytes.writeUInt32LE(4096, 16)],
    ['numSectors', (bytes: Buffer) => bytes.writeUInt32LE(0, 12)],
    ['numGDEntries', (bytes: Buffer) => bytes.writeUInt32LE(1, 24)],
    ['gdOffset', (bytes: Buffer) => bytes.writeUInt32LE(3, 20)],
  ])('is refused at %s', (field, change) => {
    expectMalformed('COWDisk_Header', field, () => read(patched(delta, change)));
  });

  it('is refused when it is of another version, cut off, or maps its tables', () => {
    failureOf('image.unsupported', () => read(patched(delta, (bytes) => bytes.writeUInt32LE(2, 4))));
    for (const length of [100, 2048, 2050, 10_000, delta.length - 1]) {
      failureOf('image.truncated', () => read(delta.subarray(0, length)));
    }
    failureOf('image.truncated', () => read(patched(delta, (bytes) => bytes.writeUInt32LE(0xffffff, 20))));
    for (const sector of [2, 4, 5]) {
      const mapped = patched(delta, (bytes) => bytes.writeUInt32LE(sector, 2560));
      expectMalformed('grain table', 'entry 0', () => read(mapped));
    }
  });

  it('by itself is no disk: nobody could tell what its parent is', () => {
    const { details } = failureOf('image.unsupported', () => openBytes(delta));
    expect(details.feature).toContain('descriptor');
  });
});
