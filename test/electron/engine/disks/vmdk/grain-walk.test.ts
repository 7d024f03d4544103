import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import {
  alone,
  countingSource,
  expectSame,
  failureOf,
  openBytes,
  readSpan,
  shapeOfExtents,
  tiledExtents,
} from './read-disk.ts';
import { descriptorText, grainOf, patched, sparseImage } from './sparse-image.ts';

const grain = 64 << 10;

describe('walking over grains', () => {
  it('joins what lies together, and cuts it where the file does', () => {
    const grains = {
      1: grainOf(1),
      2: grainOf(2),
      5: grainOf(5),
      3: grainOf(3),
      9: 'zero',
      10: 'zero',
    } as const;
    // Object keys that are numbers ascend, so the third and the fifth lie together too.
    const reader = openBytes(sparseImage({ grains }).bytes);
    expect(shapeOfExtents(tiledExtents(reader))).toEqual([
      `absent ${grain}`,
      `stored ${3 * grain}`,
      `absent ${grain}`,
      `stored ${grain}`,
      `absent ${3 * grain}`,
      `zero ${2 * grain}`,
      `absent ${5 * grain}`,
    ]);
  });

  it('does not join grains that are swapped in the file', () => {
    const image = sparseImage({ grains: { 0: grainOf(1), 1: grainOf(2) } });
    const [first, second] = [image.grainSectors.get(0)!, image.grainSectors.get(1)!];
    const swapped = patched(image.bytes, (bytes) => {
      bytes.writeUInt32LE(second, image.tables[0]! * 512);
      bytes.writeUInt32LE(first, image.tables[0]! * 512 + 4);
    });
    const extents = tiledExtents(openBytes(swapped));
    expect(shapeOfExtents(extents).slice(0, 2)).toEqual([`stored ${grain}`, `stored ${grain}`]);
    expectSame(readSpan(openBytes(swapped), { start: 0, length: grain }), grainOf(2));
  });

  it('begins and ends anywhere', () => {
    const reader = openBytes(sparseImage({ grains: { 1: grainOf(1), 2: grainOf(2), 4: grainOf(4) } }).bytes);
    const extents = tiledExtents(reader, { start: grain + 100, length: 3 * grain + 7 });
    expect(shapeOfExtents(extents)).toEqual([`stored ${2 * grain - 100}`, `absent ${grain}`, 'stored 107']);
    const base = tiledExtents(reader, { start: grain, length: 1 })[0]!;
    expect(extents[0]).toMatchObject({ fileOffset: (base as { fileOffset: number }).fileOffset + 100 });
    expect(tiledExtents(reader, { start: 5000, length: 0 })).toEqual([]);
  });

  it('gives one extent per deflated grain, with its unit and a bound that ends at the next grain', () => {
    const image = sparseImage({
      grains: { 1: grainOf(1), 2: grainOf(2), 7: grainOf(7) },
      grainsAre: 'marked',
    });
    const encoded = tiledExtents(openBytes(image.bytes), { start: grain + 10, length: 8 * grain }).filter(
      (extent) => extent.state === 'encoded',
    );
    const sector = (number: number): number => image.grainSectors.get(number)! * 512;
    expect(encoded).toMatchObject([
      { start: grain + 10, length: grain - 10, unit: { start: grain, length: grain }, fileOffset: sector(1) },
      { start: 2 * grain, length: grain, unit: { start: 2 * grain, length: grain }, fileOffset: sector(2) },
      { start: 7 * grain, length: grain, unit: { start: 7 * grain, length: grain }, fileOffset: sector(7) },
    ]);
    expect(encoded.map(({ encodedBytes }) => encodedBytes)).toEqual([
      sector(2) - sector(1),
      sector(7) - sector(2),
      image.bytes.length - sector(7),
    ]);
  });

  it('does not read deflated grains to find out how long they are', () => {
    const grains = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [index, grainOf(index)]));
    const image = sparseImage({ grains, grainsAre: 'marked' });
    const counted = countingSource(image.bytes);
    const reader = vmdk.open(counted, alone);
    tiledExtents(reader);
    const first = image.grainSectors.get(0)! * 512;
    expect(counted.reads.every(({ start, length }) => start + length <= first)).toBe(true);
  });

  it('skips absent tables in one step', () => {
    const capacity = 2 ** 31;
    const image = sparseImage({
      capacity,
      grainsAre: 'marked',
      footer: true,
      omitEmptyTables: true,
      grains: { 0: grainOf(1), [capacity / 128 - 1]: grainOf(2) },
      descriptor: descriptorText(capacity),
    });
    const counted = countingSource(image.bytes);
    const extents = tiledExtents(vmdk.open(counted, alone));
    expect(shapeOfExtents(extents)).toEqual([
      `encoded ${grain}`,
      `absent ${2 ** 40 - 2 * grain}`,
      `encoded ${grain}`,
    ]);
    expect(counted.reads.length).toBeLessThan(40);
  });

  it('refuses a grain beyond the end of the file when it gets there, not before', () => {
    const image = sparseImage({ grains: { 0: grainOf(1), 5: grainOf(2), 9: grainOf(3) } });
    const end = (image.grainSectors.get(9)! + 60) * 512;
    const reader = openBytes(image.bytes.subarray(0, end));
    expectSame(readSpan(reader, { start: 0, length: 9 * grain }).subarray(5 * grain, 6 * grain), grainOf(2));
    const { details } = failureOf('image.truncated', () => tiledExtents(reader));
    expect(details).toMatchObject({
      neededBytes: image.grainSectors.get(9)! * 512 + grain,
      actualBytes: end,
    });
    const beyond = patched(image.bytes, (bytes) => bytes.writeUInt32LE(0xfffffff0, image.tables[0]! * 512));
    failureOf('image.truncated', () => tiledExtents(openBytes(beyond)));
  });

  it('lets the last grain end where the disk does', () => {
    const capacity = 129;
    const image = sparseImage({ capacity, grains: { 0: grainOf(1), 1: grainOf(2) } });
    const end = (image.grainSectors.get(1)! + 1) * 512;
    const reader = openBytes(image.bytes.subarray(0, end));
    expectSame(readSpan(reader, { start: grain, length: 512 }), grainOf(2).subarray(0, 512));
    failureOf('image.truncated', () => tiledExtents(openBytes(image.bytes.subarray(0, end - 1))));
  });

  it('tiles every span of every disk', () => {
    const spans = fc.record({
      grains: fc.dictionary(
        fc.integer({ min: 0, max: 39 }).map(String),
        fc.constantFrom<'zero' | 'data'>('zero', 'data'),
        { maxKeys: 40 },
      ),
      compressed: fc.boolean(),
      start: fc.integer({ min: 0, max: 40 * 4096 - 1 }),
      length: fc.integer({ min: 0, max: 40 * 4096 }),
    });
    fc.assert(
      fc.property(spans, ({ grains, compressed, start, length }) => {
        const capacity = 40 * 8 - 3;
        const whole = Buffer.alloc(capacity * 512);
        const contents: Record<number, Uint8Array | 'zero'> = {};
        for (const [key, kind] of Object.entries(grains)) {
          const number = Number(key);
          contents[number] = kind === 'zero' ? 'zero' : grainOf(number, 8);
          if (kind === 'data')
            whole.set(grainOf(number, 8).subarray(0, whole.length - number * 4096), number * 4096);
        }
        const shape = { capacity, grainSize: 8, numGTEsPerGT: 8, grains: contents } as const;
        const image = sparseImage({ ...shape, grainsAre: compressed ? 'marked' : 'plain' });
        const from = Math.min(start, whole.length);
        const span = { start: from, length: Math.min(length, whole.length - from) };
        const bytes = readSpan(openBytes(image.bytes), span);
        expectSame(bytes, whole.subarray(from, from + span.length));
      }),
      { numRuns: 60 },
    );
  });
});
