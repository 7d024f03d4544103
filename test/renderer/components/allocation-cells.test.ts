/** The allocation strip's cells: they tile the disk, and their shares are what the extents say. */
import { describe, expect, it } from 'vitest';
import type { ExtentState, MapExtent } from '#shared/domain/image.ts';
import { allocationCells, allocationSums } from '../../../renderer/components/allocation-cells.ts';

const extent = (start: number, length: number, state: ExtentState): MapExtent => ({
  start,
  length,
  state,
  depth: 0,
});

describe('cells', () => {
  it('share an extent among the cells it covers', () => {
    const cells = allocationCells([extent(0, 15, 'stored'), extent(15, 25, 'absent')], 40, 4);
    expect(cells).toEqual([
      { data: 1, zero: 0 },
      { data: 0.5, zero: 0 },
      { data: 0, zero: 0 },
      { data: 0, zero: 0 },
    ]);
  });

  it('count compressed data as data and zeros apart', () => {
    const cells = allocationCells([extent(0, 5, 'encoded'), extent(5, 5, 'zero')], 10, 1);
    expect(cells).toEqual([{ data: 0.5, zero: 0.5 }]);
  });

  it('add up to the disk, however the extents and the cells fall', () => {
    const extents: MapExtent[] = [];
    const states: ExtentState[] = ['stored', 'absent', 'zero', 'encoded', 'stored'];
    const size = 1_000_003;
    for (let start = 0, index = 0; start < size; index += 1) {
      const length = Math.min(size - start, 1 + ((index * 7919) % 6007));
      extents.push(extent(start, length, states[index % states.length]!));
      start += length;
    }
    const sums = allocationSums(extents);
    const cells = allocationCells(extents, size, 137);
    const data = cells.reduce((sum, cell) => sum + cell.data, 0) * (size / 137);
    const zero = cells.reduce((sum, cell) => sum + cell.zero, 0) * (size / 137);
    expect(data).toBeCloseTo(sums.storedBytes + sums.encodedBytes, 2);
    expect(zero).toBeCloseTo(sums.zeroBytes, 2);
    expect(sums.storedBytes + sums.encodedBytes + sums.zeroBytes + sums.absentBytes).toBe(size);
    expect(cells.every((cell) => cell.data <= 1 && cell.zero <= 1)).toBe(true);
  });

  it('leave out what lies beyond the end, and draw an empty disk as nothing', () => {
    expect(allocationCells([extent(8, 100, 'stored')], 10, 2)).toEqual([
      { data: 0, zero: 0 },
      { data: 0.4, zero: 0 },
    ]);
    expect(allocationCells([], 0, 10)).toEqual([]);
  });

  it('fit a disk that is smaller than its cells', () => {
    expect(
      allocationCells([extent(0, 1, 'stored'), extent(1, 1, 'absent')], 2, 4).map(({ data }) => data),
    ).toEqual([1, 1, 0, 0]);
  });
});
