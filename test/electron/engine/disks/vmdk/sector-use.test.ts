import { describe, expect, it } from 'vitest';
import { runsWithout, SectorUse, type SectorRun } from '#engine/disks/vmdk/sector-use.ts';

function used(...runs: [start: number, count: number][]): { use: SectorUse; twice: SectorRun[] } {
  const use = new SectorUse();
  for (const [start, count] of runs) use.add(start, count);
  return { use, twice: use.finish() };
}

describe('SectorUse', () => {
  it('finds what is used twice, in whatever order it was told', () => {
    expect(used([8, 8], [0, 8], [16, 8]).twice).toEqual([]);
    expect(used([8, 8], [0, 8], [8, 8]).twice).toEqual([{ start: 8, count: 8 }]);
    expect(used([0, 8], [100, 8], [4, 8]).twice).toEqual([{ start: 4, count: 4 }]);
    expect(used([0, 100], [10, 5], [20, 5]).twice).toEqual([
      { start: 10, count: 5 },
      { start: 20, count: 5 },
    ]);
  });

  it('knows what is free', () => {
    const { use } = used([0, 8], [100, 8], [4, 8], [300_000, 600_000]);
    expect([use.overlaps(12, 88), use.overlaps(12, 89), use.overlaps(11, 1), use.overlaps(108, 5)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(use.complete).toBe(true);
    expect([...use.gaps(1, 1_000_000)].slice(2)).toEqual([{ start: 900_000, count: 100_000 }]);
    expect([...use.gaps(1, 110)]).toEqual([
      { start: 12, count: 88 },
      { start: 108, count: 2 },
    ]);
    expect([...used().use.gaps(5, 9)]).toEqual([{ start: 5, count: 4 }]);
  });

  it('joins what lies together, and says when it is too much', () => {
    const use = new SectorUse();
    for (let sector = 0; sector < 2_000_000; sector++) use.add(sector, 1);
    expect(use.finish()).toEqual([]);
    expect([...use.gaps(0, 2_000_001)]).toEqual([{ start: 2_000_000, count: 1 }]);
    expect(use.complete).toBe(true);
    const { use: far } = used([2 ** 36, 8]);
    expect(far.complete).toBe(false);
  });
});

it('leaves out what is taken', () => {
  const runs = [
    { start: 0, count: 20 },
    { start: 30, count: 8 },
    { start: 50, count: 10 },
  ];
  expect([...runsWithout(runs, [4, 12, 30, 56], 8)]).toEqual([
    { start: 0, count: 4 },
    { start: 50, count: 6 },
  ]);
  expect([...runsWithout(runs, [], 8)]).toEqual(runs);
});
