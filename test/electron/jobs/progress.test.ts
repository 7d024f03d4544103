import { describe, expect, it } from 'vitest';
import { measure, type Measurement, type Reading } from '../../../electron/jobs/progress.ts';

const MiB = 2 ** 20;
const whole: Reading = { phase: 'converting', item: 'disk1', doneBytes: 0, totalBytes: 1000 * MiB };

/** Readings every 200 ms; `doneAt` tells the bytes done at a time in seconds. */
function run(doneAt: (seconds: number) => number, samples: number, reading = whole): Measurement[] {
  const measurements: Measurement[] = [];
  let last: Measurement | null = null;
  for (let index = 0; index <= samples; index++) {
    last = measure(last, { ...reading, doneBytes: doneAt(index / 5) }, index * 200);
    measurements.push(last);
  }
  return measurements;
}

describe('measure', () => {
  it('knows neither speed nor time left before a second has passed', () => {
    const measurements = run((seconds) => 10 * MiB * seconds, 6);
    const known = measurements.map(({ progress }) => progress.bytesPerSecond !== null);
    expect(known).toEqual([false, false, false, false, false, true, true]);
    expect(measurements[4]!.progress).toEqual({
      ...whole,
      doneBytes: 8 * MiB,
      bytesPerSecond: null,
      secondsLeft: null,
    });
  });

  it('finds a steady speed exactly, and counts the time down like a clock', () => {
    const measurements = run((seconds) => 10 * MiB * seconds, 250);
    for (const { progress } of measurements.slice(5)) {
      expect(progress.bytesPerSecond).toBeCloseTo(10 * MiB, -2);
    }
    expect(measurements[10]!.progress.secondsLeft).toBe(98);
    expect(measurements[250]!.progress.secondsLeft).toBe(50);
  });

  it('is calm when the bytes come in bursts', () => {
    // 40 MiB in one of four readings: 50 MiB/s on average, 200 MiB/s and nothing in turn.
    const burst = (seconds: number): number => Math.floor((seconds * 5) / 4) * 40 * MiB;
    const settled = run(burst, 95).slice(40);
    for (const { progress } of settled) {
      expect(progress.bytesPerSecond! / MiB).toBeGreaterThan(40);
      expect(progress.bytesPerSecond! / MiB).toBeLessThan(60);
    }
    const times = settled.map((measurement) => measurement.secondsLeft!);
    for (let index = 1; index < times.length; index++) {
      expect(times[index]! - times[index - 1]!).toBeLessThan(0.1);
      expect(times[index - 1]! - times[index]!).toBeLessThan(0.6);
    }
  });

  it('leans towards the truth when the work gets slower, without a jump', () => {
    const slowing = (seconds: number): number =>
      (seconds < 10 ? 20 * seconds : 200 + 5 * (seconds - 10)) * MiB;
    const measurements = run(slowing, 300);
    for (let index = 6; index < measurements.length; index++) {
      const step = measurements[index]!.secondsLeft! - measurements[index - 1]!.secondsLeft!;
      expect(Math.abs(step)).toBeLessThan(2.5);
    }
    // At 60 s, 550 MiB are left at 5 MiB/s.
    expect(Math.abs(measurements[300]!.secondsLeft! - 110)).toBeLessThan(5);
  });

  it('does not divide by nothing when the work stands still', () => {
    const standing = run(() => 0, 50);
    expect(standing[50]!.progress).toMatchObject({ bytesPerSecond: 0, secondsLeft: null });
    const stalled = run((seconds) => Math.min(seconds, 2) * MiB, 5 * 200);
    expect(stalled[1000]!.progress.secondsLeft).toBeNull();
  });

  it('is at zero when all is done', () => {
    const measurements = run((seconds) => Math.min(1000, 100 * seconds) * MiB, 60);
    expect(measurements[60]!.progress).toMatchObject({ doneBytes: 1000 * MiB, secondsLeft: 0 });
  });

  it('begins again with another phase', () => {
    const before = run((seconds) => 10 * MiB * seconds, 50)[50]!;
    const after = measure(before, { ...whole, phase: 'verifying', doneBytes: 5 }, 50 * 200 + 200);
    expect(after.progress).toEqual({
      ...whole,
      phase: 'verifying',
      doneBytes: 5,
      bytesPerSecond: null,
      secondsLeft: null,
    });
  });

  it('keeps the speed for the next item of the same phase', () => {
    const before = run((seconds) => 10 * MiB * seconds, 50)[50]!;
    const next = { ...whole, item: 'disk2', totalBytes: 50 * MiB };
    const first = measure(before, next, 10_200);
    expect(first.progress).toMatchObject({ item: 'disk2', doneBytes: 0, secondsLeft: null });
    expect(first.progress.bytesPerSecond).toBeCloseTo(10 * MiB, -2);
    const second = measure(first, { ...next, doneBytes: 2 * MiB }, 10_400);
    expect(second.progress.secondsLeft).toBe(5);
  });

  it('never says more done than there is, nor less than nothing', () => {
    expect(measure(null, { ...whole, doneBytes: 2000 * MiB }, 0).progress.doneBytes).toBe(1000 * MiB);
    expect(measure(null, { ...whole, doneBytes: -1 }, 0).progress.doneBytes).toBe(0);
  });

  it('takes two readings of the same moment for one', () => {
    const first = measure(null, whole, 1000);
    expect(measure(first, { ...whole, doneBytes: MiB }, 1000)).toBe(first);
  });
});
