/** Words for quantities: the edges where a unit, a rounding or a day changes. */
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatBytesOf,
  formatCount,
  formatDate,
  formatDay,
  formatDuration,
  formatExactBytes,
  formatSize,
  formatSpeed,
  formatWhen,
  percentOf,
} from '#shared/text/units.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

describe('sizes', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1,023 bytes'],
    [1024, '1 KiB'],
    [1.5 * GiB, '1.5 GiB'],
    [12.34 * GiB, '12.3 GiB'],
    [640 * MiB, '640 MiB'],
    [1.005 * MiB, '1 MiB'],
    [9.996 * MiB, '10 MiB'],
    [99.96 * MiB, '100 MiB'],
    [1000 * MiB, '1,000 MiB'],
    [2 ** 63, '8 EiB'],
    [2 ** 75, '32,768 EiB'],
  ])('%d bytes are %s', (bytes, words) => {
    expect(formatBytes(bytes)).toBe(words);
  });

  it('never says 1024 of a unit', () => {
    expect(formatBytes(1024 * MiB - 1)).toBe('1 GiB');
    expect(formatBytes(1024 * KiB - 1)).toBe('1 MiB');
  });

  it('says the exact bytes too, and once where they are the same', () => {
    expect(formatExactBytes(1_610_612_736)).toBe('1,610,612,736 bytes');
    expect(formatExactBytes(1)).toBe('1 byte');
    expect(formatSize(1.5 * GiB)).toBe('1.5 GiB (1,610,612,736 bytes)');
    expect(formatSize(512)).toBe('512 bytes');
  });

  it('says the unit once where both sides have it', () => {
    expect(formatBytesOf(1.25 * GiB, 4 * GiB)).toBe('1.25 of 4 GiB');
    expect(formatBytesOf(640 * MiB, 4 * GiB)).toBe('640 MiB of 4 GiB');
    expect(formatBytesOf(0, 4 * GiB)).toBe('0 bytes of 4 GiB');
    expect(formatBytesOf(1, 10)).toBe('1 byte of 10 bytes');
  });

  it('says speeds', () => {
    expect(formatSpeed(310 * MiB)).toBe('310 MiB/s');
  });
});

describe('counts and shares', () => {
  it('knows one from many', () => {
    expect(formatCount(1, 'disk')).toBe('1 disk');
    expect(formatCount(0, 'disk')).toBe('0 disks');
    expect(formatCount(1200, 'entry', 'entries')).toBe('1,200 entries');
  });

  it('is 100 per cent only when it is all of it', () => {
    expect(percentOf(999_999, 1_000_000)).toBe(99);
    expect(percentOf(1_000_000, 1_000_000)).toBe(100);
    expect(percentOf(5, 4)).toBe(100);
    expect(percentOf(-1, 4)).toBe(0);
    expect(percentOf(0, 0)).toBe(100);
  });
});

describe('durations', () => {
  it.each([
    [0.4, 'less than 1 s'],
    [42.4, '42 s'],
    [59.6, '1 min'],
    [185, '3 min 5 s'],
    [3600, '1 h'],
    [4800, '1 h 20 min'],
    [86_400 * 2 + 4 * 3600, '2 d 4 h'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(formatDuration(seconds)).toBe(words);
  });
});

describe('days', () => {
  it('are the same in every time zone', () => {
    expect(formatDay('2025-11-22')).toBe('22 Nov 2025');
  });
});

describe('times', () => {
  const now = new Date('2026-03-02T10:00:00Z');

  it('says a date in a time zone', () => {
    expect(formatDate('2026-03-01T23:30:00Z', 'UTC')).toBe('1 Mar 2026, 23:30');
    expect(formatDate('2026-03-01T23:30:00Z', 'Asia/Tokyo')).toBe('2 Mar 2026, 08:30');
    expect(formatDate('2026-03-01T00:00:00Z', 'UTC')).toBe('1 Mar 2026, 00:00');
  });

  it.each([
    ['2026-03-02T09:59:30Z', 'just now'],
    ['2026-03-02T09:58:59Z', '1 minute ago'],
    ['2026-03-02T07:00:00Z', '3 hours ago'],
    ['2026-03-01T12:00:00Z', 'yesterday'],
    ['2026-02-27T12:00:00Z', '27 Feb 2026'],
    ['2026-03-04T12:00:00Z', '4 Mar 2026'],
  ])('%s is %s', (iso, words) => {
    expect(formatWhen(iso, now, 'UTC')).toBe(words);
  });

  it('leaves what is no time as it is', () => {
    expect(formatDate('soon', 'UTC')).toBe('soon');
    expect(formatWhen('soon', now)).toBe('soon');
  });
});
