import { expect, it } from 'vitest';
import { statedTime } from '#engine/guests/optical/stated-time.ts';

it('shows dates of a medium to the second, in UTC', () => {
  expect(statedTime('2026-03-01T23:30:59.250Z')).toBe('2026-03-01 23:30:59 UTC');
  expect(statedTime(null)).toBeNull();
});
