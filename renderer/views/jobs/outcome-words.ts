/** Words for what jobs came to. */
import type { Comparison } from '#shared/domain/image.ts';
import type { JobOutcome } from '#shared/domain/job.ts';
import type { StructureReport } from '#shared/domain/structure.ts';
import { formatNumber } from '#shared/language.ts';
import { formatSize } from '#shared/text/units.ts';
import { t } from '#shared/text/words.ts';

/** What a comparison found, in one sentence. */
export function comparisonWords(result: Comparison): string {
  const [first, second] = result.virtualSizesBytes;
  if (result.firstDifference !== null) {
    return t('The disks differ, first at byte {offset}.', { offset: formatNumber(result.firstDifference) });
  }
  if (!result.paddedWithZeros)
    return t('A guest sees the same on both: {size}.', { size: formatSize(first) });
  const size = formatSize(Math.abs(first - second));
  return first > second
    ? t('They are the same, but the first is longer by {size} of zeros.', { size })
    : t('They are the same, but the second is longer by {size} of zeros.', { size });
}

/** What a check found, in one sentence. */
export function reportWords({ corruptions, leaks }: StructureReport): string {
  if (corruptions + leaks === 0) return t('No problems were found.');
  if (leaks === 0)
    return t('{corruptions, plural, one {# corruption} other {# corruptions}} found.', { corruptions });
  if (corruptions === 0) return t('{leaks, plural, one {# leak} other {# leaks}} found.', { leaks });
  return t(
    '{corruptions, plural, one {# corruption} other {# corruptions}} and {leaks, plural, one {# leak} other {# leaks}} found.',
    { corruptions, leaks },
  );
}

/** Whether a job did what it was asked to, and found something bad: no tick, then. */
export function isBadNews(outcome: JobOutcome): boolean {
  switch (outcome.kind) {
    case 'verify-package':
      return outcome.result.state === 'mismatch';
    case 'check-sums':
      return outcome.result.results.some(({ actual, expected }) => actual !== expected);
    case 'check':
      return outcome.result.corruptions > 0;
    default:
      return false;
  }
}
