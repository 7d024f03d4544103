import { expect, it } from 'vitest';
import { DifferenceGatherer } from '#engine/operations/difference-map.ts';

const mebibyte = 1 << 20;

it('a huge disk takes no more room than a small one, and every block is in one part of the map', () => {
  const gatherer = new DifferenceGatherer(10 * 2 ** 40, mebibyte);
  for (let block = 0; block < 4000; block++) gatherer.add(block * 2 * mebibyte, mebibyte, 0);
  const { cells, cellBytes, stretches, stretchCount, differentBytes } = gatherer.map;
  expect(cells.length).toBeLessThanOrEqual(512);
  expect(cellBytes % mebibyte).toBe(0);
  expect(cells.length * cellBytes).toBeGreaterThanOrEqual(10 * 2 ** 40);
  expect([stretches.length, stretchCount]).toEqual([200, 4000]);
  expect(differentBytes).toBe(4000 * mebibyte);
  expect(cells.reduce((sum, { different }) => sum + different, 0)).toBe(differentBytes);
});

it('blocks that follow each other are one stretch', () => {
  const gatherer = new DifferenceGatherer(8 * mebibyte, mebibyte);
  gatherer.add(0, mebibyte, -1);
  gatherer.add(mebibyte, mebibyte, 100);
  gatherer.add(2 * mebibyte, mebibyte, 5);
  gatherer.add(3 * mebibyte, mebibyte, -1);
  gatherer.add(4 * mebibyte, mebibyte, 0);
  expect(gatherer.map.stretches).toEqual([
    { start: mebibyte + 100, length: 2 * mebibyte - 100 },
    { start: 4 * mebibyte, length: mebibyte },
  ]);
});

it('a disk without a byte has no parts', () => {
  expect(new DifferenceGatherer(0, mebibyte).map.cells).toEqual([]);
});
