import { describe, expect, it } from 'vitest';
import { differenceCells, differenceWords, kindOf } from '../../../renderer/components/difference-cells.ts';

const mebibyte = 1 << 20;
const map = {
  blockBytes: mebibyte,
  cellBytes: mebibyte,
  cells: [
    { compared: mebibyte, different: 0 },
    { compared: mebibyte, different: mebibyte },
    { compared: 0, different: 0 },
    { compared: 0, different: 0 },
    { compared: 512, different: 512 },
  ],
  comparedBytes: 2 * mebibyte + 512,
  differentBytes: mebibyte + 512,
  stretchCount: 2,
  stretches: [],
};
const sizeBytes = 4 * mebibyte + 512;

describe('differenceCells', () => {
  it('are those of the map where there is room, and end with the disk', () => {
    const cells = differenceCells(map, sizeBytes, 100);
    expect(cells.map(kindOf)).toEqual(['same', 'different', 'bare', 'bare', 'different']);
    expect(cells.at(-1)).toEqual({ start: 4 * mebibyte, length: 512, compared: 512, different: 512 });
  });

  it('are joined where there is less room, and lose no difference', () => {
    const cells = differenceCells(map, sizeBytes, 2);
    expect(cells.map(({ start, different }) => [start, different])).toEqual([
      [0, mebibyte],
      [3 * mebibyte, 512],
    ]);
    expect(cells.reduce((sum, { length }) => sum + length, 0)).toBe(sizeBytes);
  });
});

it('a square says where it is and what is there', () => {
  const [same, different, bare] = differenceCells(map, sizeBytes, 100).map(differenceWords);
  expect(same).toBe('0 bytes – 1 MiB: the same data');
  expect(different).toBe('1 MiB – 2 MiB: 1 MiB in blocks that differ, 100 %');
  expect(bare).toBe('2 MiB – 3 MiB: nothing to compare: the same by itself');
});
