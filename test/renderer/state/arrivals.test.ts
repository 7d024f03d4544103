/** Files that a job made are new in the list for a moment, and for no longer. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { arrivals } from '../../../renderer/state/arrivals.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('are new until their rows have come to rest', () => {
  arrivals.expect(['/a', '/b']);
  expect(arrivals.has('/a')).toBe(true);
  expect(arrivals.has('/c')).toBe(false);
  vi.advanceTimersByTime(1000);
  expect(arrivals.some).toBe(true);
  vi.advanceTimersByTime(5000);
  expect(arrivals.has('/a')).toBe(false);
  expect(arrivals.some).toBe(false);
});
