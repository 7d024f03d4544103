// What comparisons and checks found, in one sentence each, and which of it is bad.
import { describe, expect, it } from 'vitest';

import { comparisonWords, isBadNews, reportWords } from '../../../../renderer/views/jobs/outcome-words.ts';
import type { Comparison } from '#shared/domain/image.ts';
import type { JobOutcome } from '#shared/domain/job.ts';
import type { ManifestState } from '#shared/domain/package.ts';
import type { StructureReport } from '#shared/domain/structure.ts';

const same: Comparison = {
  identical: true,
  firstDifference: null,
  virtualSizesBytes: [4096, 4096],
  paddedWithZeros: false,
};

const report = (corruptions: number, leaks: number): StructureReport => ({
  format: 'qcow2',
  corruptions,
  leaks,
  notes: 0,
  findings: [],
  allocatedUnits: null,
  totalUnits: null,
  unitBytes: null,
  repairable: true,
});

describe('comparisonWords', () => {
  it('says that a guest sees the same', () => {
    expect(comparisonWords(same)).toMatch(/^A guest sees the same on both: 4 KiB/);
  });

  it('says where the first difference is', () => {
    const words = comparisonWords({ ...same, identical: false, firstDifference: 1_234_567 });
    expect(words).toBe('The disks differ, first at byte 1,234,567.');
    expect(comparisonWords({ ...same, identical: false, firstDifference: 1 })).toContain('at byte 1.');
  });

  it('says which of two equal disks is longer', () => {
    const longer = (first: number, second: number): string =>
      comparisonWords({ ...same, virtualSizesBytes: [first, second], paddedWithZeros: true });
    expect(longer(8192, 4096)).toMatch(/the first is longer by 4 KiB/);
    expect(longer(4096, 8192)).toMatch(/the second is longer by 4 KiB/);
  });
});

describe('reportWords', () => {
  it('counts what is wrong, and only that', () => {
    expect(reportWords(report(0, 0))).toBe('No problems were found.');
    expect(reportWords(report(1, 0))).toBe('1 corruption found.');
    expect(reportWords(report(0, 2))).toBe('2 leaks found.');
    expect(reportWords(report(3, 1))).toBe('3 corruptions and 1 leak found.');
  });
});

it('what ended well and found something bad is bad news', () => {
  const sums = (actual: string): JobOutcome => ({
    kind: 'check-sums',
    result: { results: [{ algorithm: 'sha256', expected: 'ab', actual }] } as never,
  });
  expect([sums('ab'), sums('cd')].map(isBadNews)).toEqual([false, true]);
  const verified = (state: ManifestState): JobOutcome => ({
    kind: 'verify-package',
    result: { state, entries: [] },
  });
  expect([verified('valid'), verified('absent'), verified('mismatch')].map(isBadNews)).toEqual([
    false,
    false,
    true,
  ]);
});
