// The benchmark's figures: read as GNU time writes them, summed up as medians and ratios of pairs, laid out in a table.
import { describe, expect, it } from 'vitest';
import { median, medianOf, parseTimes, type Measurement } from './measure.ts';
import {
  goalsReached,
  measuredResult,
  notYetResult,
  rowLines,
  scalingLines,
  scalingOf,
  summarise,
  tableLines,
  timesAsFast,
} from './report.ts';
import { selectRows } from './selection.ts';

const run = (wallSeconds: number, cpuSeconds = 1, peakBytes = 2 ** 20): Measurement => ({
  wallSeconds,
  cpuSeconds,
  peakBytes,
});

describe('figures', () => {
  it('of GNU time are read as they are', () => {
    expect(parseTimes('1.25 0.50 2048\n')).toEqual({ cpuSeconds: 1.75, peakBytes: 2 * 1024 * 1024 });
    expect(parseTimes('Command exited with non-zero status 1\n0.01 0.02 4\n').peakBytes).toBe(4096);
    expect(() => parseTimes('nothing of the kind')).toThrow('not what GNU time writes');
  });

  it('have a middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(() => median([])).toThrow();
    expect(medianOf([run(1, 9, 5), run(2, 8, 6), run(3, 7, 4)])).toEqual(run(2, 8, 5));
  });

  it('are compared pair by pair', () => {
    // The second pair was slow for both: it says the same as the others.
    expect(timesAsFast([run(1), run(10), run(2)], [run(3), run(30), run(4)])).toBe(3);
  });
});

const [packed] = selectRows(['raw→vmdk']);
const theirRuns = [run(10), run(11), run(12)];

function resultWith(wallSeconds: number, outputBytes: number, peakBytes = 2 ** 20) {
  const sizes = (bytes: number) => ({ outputBytes: bytes, allocatedBytes: bytes });
  const runs = theirRuns.map(() => run(wallSeconds, 1, peakBytes));
  const theirs = summarise(
    { title: 'qemu-img convert', program: 'qemu-img', workers: null, ...sizes(1000) },
    theirRuns,
    null,
  );
  const other = {
    title: 'platter, without libdeflate',
    program: 'platter',
    workers: null,
    ...sizes(1010),
  } as const;
  return measuredResult(packed!, 5000, [
    summarise(
      { title: 'platter', program: 'platter', workers: null, ...sizes(outputBytes) },
      runs,
      theirRuns,
    ),
    theirs,
    summarise(other, theirRuns, theirRuns),
  ]);
}

describe('goals', () => {
  it('are reached or not, each on its own', () => {
    expect(goalsReached(resultWith(2, 1019))).toEqual({ speed: true, size: true, peak: true });
    expect(goalsReached(resultWith(2.3, 1021))).toEqual({ speed: false, size: false, peak: true });
    expect(goalsReached(resultWith(1, 900, 257 * 2 ** 20))).toEqual({ speed: true, size: true, peak: false });
    expect(goalsReached(notYetResult(packed!, 1, 'no'))).toBeNull();
  });
});

describe('tables', () => {
  it('show each row with its goal, other ways below it, and what is not done yet', () => {
    const lines = tableLines([resultWith(2, 1019), notYetResult(selectRows(['gz→qcow2'])[0]!, 1, 'no')]);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[2]).toMatch(/^\| raw→vmdk +\| +2\.00 \| +11\.00 \| +5\.50 ✓ \| +≥ 5 \|.*1\.019 ✓ \|$/);
    expect(lines[3]).toMatch(/^\| – without libdeflate +\| +11\.00 \| +\| +1\.00 \|/);
    expect(lines[4]).toMatch(/^\| gz→qcow2 +\| +not yet \|/);
  });

  it('have a block for each row with the spread', () => {
    expect(rowLines(resultWith(2, 1019))[1]).toMatch(/platter +2\.00 \(2\.00–2\.00\) .* 5\.50 × as fast$/);
    expect(rowLines(resultWith(2, 1019))[2]).toMatch(/qemu-img convert +11\.00 \(10\.00–12\.00\)/);
    expect(rowLines(notYetResult(packed!, 1, 'no such option'))).toEqual([
      'raw→vmdk: not yet (no such option)',
    ]);
  });
});

describe('scaling', () => {
  const sizes = { outputBytes: null, allocatedBytes: null };
  const ours = (workers: number | null, wallSeconds: number) => {
    const runs = theirRuns.map(() => run(wallSeconds));
    return summarise({ title: `${workers} threads`, program: 'platter', workers, ...sizes }, runs, theirRuns);
  };

  it('is told against the fewest threads, as a share of what they could give', () => {
    const row = measuredResult(packed!, 5000, [ours(4, 2.5), ours(null, 1), ours(1, 8), ours(2, 4)]);
    expect(scalingOf(row)).toEqual([
      { workers: 1, wallSeconds: 8, timesAsFast: 1, share: 1 },
      { workers: 2, wallSeconds: 4, timesAsFast: 2, share: 1 },
      { workers: 4, wallSeconds: 2.5, timesAsFast: 3.2, share: 0.8 },
    ]);
    const lines = scalingLines([row]);
    expect(lines[0]).toMatch(/Threads.*1.*2.*4/);
    expect(lines[2]).toMatch(/raw→vmdk.*2\.50 s, 3\.20 ×, 0\.80 of linear ✓/);
  });

  it('is not spoken of where there was one number of threads, or none', () => {
    const row = measuredResult(packed!, 5000, [ours(2, 4), ours(null, 1)]);
    expect(scalingLines([row])).toEqual([]);
    expect(scalingLines([notYetResult(packed!, 5000, 'not yet')])).toEqual([]);
  });
});
