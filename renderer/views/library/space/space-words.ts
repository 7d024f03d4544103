/** Words for what an area of the space view is, and what deleting it would free. */
import type { SpaceArea, SpaceMap } from '#shared/domain/library.ts';
import { formatNumber } from '#shared/language.ts';
import { formatBytes } from '#shared/text/units.ts';
import { t } from '#shared/text/words.ts';
import { formats } from '../../../state/formats.svelte.ts';

/** `12 more`, where there is no name. */
export function areaName(area: SpaceArea): string {
  return area.kind === 'rest' ? t('{count} more', { count: formatNumber(area.count) }) : area.name;
}

/** `Images, 12 items, 3.2 GiB, 40 % of what is shown`: what a screen reader says. */
export function areaWords(area: SpaceArea, map: SpaceMap): string {
  const share = map.bytes === 0 ? 0 : Math.round((100 * area.bytes) / map.bytes);
  const parts = [areaName(area), formatBytes(area.bytes), `${share} %`];
  if (area.kind === 'group')
    parts.splice(1, 0, t('{count, plural, one {# item} other {# items}}', { count: area.count }));
  if (area.kind === 'entry') parts.splice(1, 0, formats.titleOf(area.format));
  return parts.join(', ');
}

/** `Deleting it frees up to 3.2 GiB.`, and what would be lost with it. */
export function freeingWords(area: SpaceArea): string {
  const frees = t('Deleting {count, plural, one {it} other {them all}} frees up to {size}.', {
    count: area.kind === 'entry' ? 1 : area.count,
    size: formatBytes(area.bytes),
  });
  if (area.kind !== 'entry' || area.standing === 0) return frees;
  return t(
    '{frees} {standing, plural, one {# item that stands on it could not be read any more.} other {# items that stand on it could not be read any more.}}',
    { frees, standing: area.standing },
  );
}

/** `12 items take 3.2 GiB; 2 more are missing.` */
export function mapWords({ count, bytes, missing }: SpaceMap): string {
  const values = { count, size: formatBytes(bytes) };
  return missing === 0
    ? t('{count, plural, one {# item takes} other {# items take}} {size} on disk.', values)
    : t(
        '{count, plural, one {# item takes} other {# items take}} {size} on disk; {missing, plural, one {# file} other {# files}} missing.',
        { ...values, missing },
      );
}
