import { describe, expect, it } from 'vitest';
import { afterRest, measure, type Measurement, type Reading } from '../../../electron/jobs/progress.ts';

const MiB = 2 ** 20;
const whole: Reading = {
  phase: 'converting',
  item: 'disk1',
  doneBytes: 0,
  totalBytes: 1000 * MiB,
  earlierBytes: 0,
  laterBytes: 0,
};

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

  it('counts the time of the whole job down, through its phases', () => {
    const converting = { ...whole, laterBytes: 1000 * MiB };
    const verifying: Reading = { ...whole, phase: 'verifying', earlierBytes: 1000 * MiB };
    const finishing: Reading = { ...whole, phase: 'finishing', totalBytes: 0, laterBytes: 1000 * MiB };
    let last: Measurement | null = null;
    const shown: (number | null)[] = [];
    for (let index = 0; index <= 5 * 153; index++) {
      const seconds = index / 5;
      // 100 s at 10 MiB/s, three seconds in which nothing is counted, then at 20 MiB/s.
      const reading =
        seconds < 100
          ? { ...converting, doneBytes: 10 * MiB * seconds }
          : seconds < 103
            ? finishing
            : { ...verifying, doneBytes: 20 * MiB * (seconds - 103) };
      last = measure(last, reading, index * 200);
      shown.push(last.secondsLeft);
    }
    expect(shown[5 * 50]).toBeCloseTo(150, 0);
    for (let index = 6; index < shown.length; index++) {
      // It never rises, and where the work turns out faster it runs faster, but does not jump.
      const step = shown[index - 1]! - shown[index]!;
      expect(step).toBeGreaterThan(-0.01);
      expect(step).toBeLessThan(1.5);
    }
    expect(shown[5 * 130]! - 23).toBeLessThan(1);
    expect(last!.progress).toMatchObject({ doneBytes: 1000 * MiB, secondsLeft: 0 });
  });

  it('keeps the speed for the next phase or item, and soon believes the new one', () => {
    const before = run((seconds) => 10 * MiB * seconds, 50)[50]!;
    const next = { ...whole, item: 'disk2', totalBytes: 500 * MiB };
    const first = measure(before, next, 10_200);
    expect(first.progress).toMatchObject({ item: 'disk2', doneBytes: 0, secondsLeft: 90 });
    expect(first.progress.bytesPerSecond).toBeCloseTo(10 * MiB, -2);
    let last = first;
    for (let index = 1; index <= 15; index++) {
      last = measure(last, { ...next, doneBytes: index * 8 * MiB }, 10_200 + index * 200);
    }
    expect(last.progress.bytesPerSecond! / MiB).toBeGreaterThan(28);
  });

  it('knows no time left while nothing is known of the work', () => {
    const preparing: Reading = { ...whole, phase: 'preparing', totalBytes: 0 };
    expect(measure(measure(null, preparing, 0), preparing, 5000).progress.secondsLeft).toBeNull();
  });

  it('takes no rest for slow work', () => {
    const before = run((seconds) => 10 * MiB * seconds, 50)[50]!;
    const rested = afterRest(before, 3_600_000);
    const after = measure(rested, { ...whole, doneBytes: 102 * MiB }, 3_600_200);
    expect(after.progress.bytesPerSecond).toBeCloseTo(10 * MiB, -2);
    expect(after.progress.secondsLeft).toBe(before.progress.secondsLeft);
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
