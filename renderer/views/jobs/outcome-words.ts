/** Words for what jobs came to. */
import type { Comparison } from '#shared/domain/image.ts';
import type { StructureReport } from '#shared/domain/structure.ts';
import { formatCount, formatExactBytes, formatSize } from '#shared/text/units.ts';

/** What a comparison found, in one sentence. */
export function comparisonWords(result: Comparison): string {
  const [first, second] = result.virtualSizesBytes;
  if (result.firstDifference !== null) {
    return `The disks differ, first at byte ${formatExactBytes(result.firstDifference).replace(/ bytes?$/, '')}.`;
  }
  if (!result.paddedWithZeros) return `A guest sees the same on both: ${formatSize(first)}.`;
  const longer = first > second ? 'first' : 'second';
  return `They are the same, but the ${longer} is longer by ${formatSize(Math.abs(first - second))} of zeros.`;
}

/** What a check found, in one sentence. */
export function reportWords({ corruptions, leaks }: StructureReport): string {
  if (corruptions + leaks === 0) return 'No problems were found.';
  const parts = [
    ...(corruptions > 0 ? [formatCount(corruptions, 'corruption')] : []),
    ...(leaks > 0 ? [formatCount(leaks, 'leak')] : []),
  ];
  return `${parts.join(' and ')} found.`.replace(/^./, (letter) => letter.toUpperCase());
}
