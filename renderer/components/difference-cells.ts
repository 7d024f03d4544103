/** What a map of differences is drawn from: as many squares as there is room for, and what each of them says. */
import type { DifferenceMap, Span } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { t } from '#shared/text/words.ts';
import { placeWords, shareWords } from './map-cells.ts';

export interface DifferenceCell extends Span {
  readonly compared: number;
  readonly different: number;
}

/** At most `most` cells, each of an equal number of the map's; the last one ends with the disk. */
export function differenceCells(
  { cells, cellBytes }: DifferenceMap,
  sizeBytes: number,
  most: number,
): readonly DifferenceCell[] {
  const each = Math.max(1, Math.ceil(cells.length / Math.max(1, most)));
  return Array.from({ length: Math.ceil(cells.length / each) }, (_, index) => {
    const some = cells.slice(index * each, (index + 1) * each);
    const start = index * each * cellBytes;
    return {
      start,
      length: Math.min(some.length * cellBytes, sizeBytes - start),
      compared: some.reduce((sum, { compared }) => sum + compared, 0),
      different: some.reduce((sum, { different }) => sum + different, 0),
    };
  });
}

/** `1 GiB – 2 GiB: 3 MiB in blocks that differ, under 1 %`: one byte that is another makes its block differ. */
export function differenceWords(cell: DifferenceCell): string {
  const { compared, different, length } = cell;
  const what =
    different > 0
      ? t('{size} in blocks that differ, {different}', {
          size: formatBytes(different),
          different: shareWords(different, length),
        })
      : compared > 0
        ? t('the same data')
        : t('nothing to compare: the same by itself');
  return `${placeWords(cell)}: ${what}`;
}

export type DifferenceKind = 'different' | 'same' | 'bare';

export function kindOf({ compared, different }: DifferenceCell): DifferenceKind {
  return different > 0 ? 'different' : compared > 0 ? 'same' : 'bare';
}
