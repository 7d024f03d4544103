import { describe, expect, it } from 'vitest';
import { SpeedLimit } from '#engine/pipeline/speed-limit.ts';

/** Does `bytes` a hundred times, each for free, and rests as it is told; the milliseconds that it took. */
function run(limit: SpeedLimit, clock: { at: number }, bytes: number, bytesPerSecond: number | null): number {
  const start = clock.at;
  for (let index = 0; index < 100; index++) clock.at += limit.take(bytes, bytesPerSecond);
  return clock.at - start;
}

describe('SpeedLimit', () => {
  it('makes the work take as long as it should, less what may be caught up', () => {
    const clock = { at: 1000 };
    const limit = new SpeedLimit(() => clock.at);
    const milliseconds = run(limit, clock, 100, 1000);
    expect(milliseconds).toBeGreaterThan(9700);
    expect(milliseconds).toBeLessThanOrEqual(10_000);
  });

  it('does not wait where there is no limit', () => {
    const clock = { at: 0 };
    expect(run(new SpeedLimit(() => clock.at), clock, 2 ** 30, null)).toBe(0);
  });

  it('lets no idle time be caught up, but for a moment', () => {
    const clock = { at: 0 };
    const limit = new SpeedLimit(() => clock.at);
    run(limit, clock, 10, 1000);
    clock.at += 3_600_000;
    expect(run(limit, clock, 10, 1000)).toBeGreaterThan(700);
  });

  it('takes another speed at once, also after a long rest was due', () => {
    const clock = { at: 0 };
    const limit = new SpeedLimit(() => clock.at);
    expect(limit.take(1_000_000, 10)).toBeGreaterThan(90_000_000);
    expect(limit.take(0, 1000)).toBe(0);
    expect(limit.take(500, 1000)).toBeGreaterThan(200);
    expect(limit.take(0, null)).toBe(0);
  });
});
