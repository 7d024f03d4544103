import { describe, expect, it } from 'vitest';
import { unlimited } from '#shared/domain/job.ts';
import {
  fieldsOf,
  limitsOf,
  limitWords,
  sameLimits,
  speedProblem,
  workersProblem,
} from '../../../renderer/state/job-limits.ts';

const gentle = { bytesPerSecond: 50 * 2 ** 20, workers: 1, lowPriority: true };

describe('the fields of limits', () => {
  it('say nothing where there is no limit, and come back as they were', () => {
    expect(fieldsOf(unlimited)).toEqual({ speed: '', workers: '', lowPriority: false });
    for (const limits of [unlimited, gentle]) expect(limitsOf(fieldsOf(limits))).toEqual(limits);
    expect(limitsOf({ speed: ' 0,5 ', workers: ' ', lowPriority: false })).toEqual({
      ...unlimited,
      bytesPerSecond: 2 ** 19,
    });
  });

  it('say what is wrong', () => {
    for (const speed of ['0', '-1', 'fast', '1e9']) {
      expect(speedProblem(speed)).toContain('MiB a second');
      expect(limitsOf({ speed, workers: '', lowPriority: false })).toBeNull();
    }
    for (const workers of ['0', '1.5', 'all', '257']) {
      expect(workersProblem(workers)).toContain('whole number');
      expect(limitsOf({ speed: '', workers, lowPriority: false })).toBeNull();
    }
  });
});

describe('limits in words', () => {
  it('are short', () => {
    expect(limitWords(unlimited)).toBeNull();
    expect(limitWords(gentle)).toBe('at most 50 MiB/s · 1 thread · low priority');
    expect(limitWords({ ...unlimited, workers: 3 })).toBe('3 threads');
  });

  it('are the same, or not', () => {
    expect(sameLimits(gentle, { ...gentle })).toBe(true);
    expect(sameLimits(gentle, { ...gentle, workers: null })).toBe(false);
  });
});
