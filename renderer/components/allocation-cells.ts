/** Folds an allocation map into a row of cells of equal width, and into sums for a legend. */
import type { ExtentState, MapExtent } from '#shared/domain/image.ts';

/** What a cell shows: how much of it holds data, and where from. Shares are between 0 and 1. */
export interface AllocationCell {
  readonly data: number;
  readonly zero: number;
}

export interface AllocationSums {
  readonly storedBytes: number;
  readonly encodedBytes: number;
  readonly zeroBytes: number;
  readonly absentBytes: number;
}

function holdsData(state: ExtentState): boolean {
  return state === 'stored' || state === 'encoded';
}

/** `count` cells that tile the disk, from extents that ascend. */
export function allocationCells(
  extents: readonly MapExtent[],
  virtualSizeBytes: number,
  count: number,
): readonly AllocationCell[] {
  const width = virtualSizeBytes / count;
  const data = new Float64Array(count);
  const zero = new Float64Array(count);
  if (width === 0) return [];
  for (const { start, length, state } of extents) {
    if (state === 'absent') continue;
    const into = holdsData(state) ? data : zero;
    const end = Math.min(start + length, virtualSizeBytes);
    for (let cell = Math.floor(start / width); cell < count && cell * width < end; cell += 1) {
      const covered = Math.min(end, (cell + 1) * width) - Math.max(start, cell * width);
      into[cell] = (into[cell] ?? 0) + Math.max(0, covered) / width;
    }
  }
  return Array.from(data, (share, cell) => ({
    data: Math.min(1, share),
    zero: Math.min(1, zero[cell] ?? 0),
  }));
}

export function allocationSums(extents: readonly MapExtent[]): AllocationSums {
  const sums = { stored: 0, encoded: 0, zero: 0, absent: 0 };
  for (const { state, length } of extents) sums[state] += length;
  return {
    storedBytes: sums.stored,
    encodedBytes: sums.encoded,
    zeroBytes: sums.zero,
    absentBytes: sums.absent,
  };
}
