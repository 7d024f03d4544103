/** Contents in words: how far they are known, and how things stand to each other. */
import type { ContentProgress, Duplicate } from '#shared/domain/content.ts';
import type { LineageStep } from '#shared/domain/lineage.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { percentOf } from '#shared/text/units.ts';
import { t } from '#shared/text/words.ts';

/** How far the contents of the library are known, in one line. */
export function progressWords({ known, total, unreadable }: ContentProgress): string {
  if (total === 0) return t('There are no disks in the library yet.');
  return known + unreadable >= total
    ? t(
        'The content of {known, plural, one {one disk} other {all # disks}} is known{unreadable, plural, =0 {} other {, # cannot be read}}.',
        { known, unreadable },
      )
    : t(
        'The content of {known} of {total, plural, one {# disk} other {# disks}} is known{unreadable, plural, =0 {} other {, # cannot be read}}.',
        { known, total, unreadable },
      );
}

/** What is going on with it now; null for nothing. */
export function pauseWords({ reading, pause }: ContentProgress): string | null {
  switch (pause) {
    case 'off':
      return t('The others are read when you say so.');
    case 'paused':
      return t('Reading is paused.');
    case 'battery':
      return t('The others are read when the computer has mains power.');
    case 'busy':
      return t('The others are read when jobs and scans are done.');
    case null:
      return reading === null
        ? null
        : t('Reading {name}, {percent} %', {
            name: fileNameOf(reading.name),
            percent: percentOf(reading.doneBytes, reading.totalBytes),
          });
  }
}

/** Why a copy stays; null where it may go. */
export function stayWords({ stays, neededBy }: Duplicate): string | null {
  switch (stays) {
    case 'needed':
      return neededBy.length === 1
        ? t('{name} stands on it', { name: fileNameOf(neededBy[0]!) })
        : t('{count} images stand on it', { count: neededBy.length });
    case 'stands-on-another':
      return t('An empty overlay over another of these');
    case 'same-file':
      return t('The same file by another name');
    case null:
      return null;
  }
}

const fromWords: Readonly<Record<LineageStep['how'], string>> = {
  extracted: t('Extracted from'),
  converted: t('Converted from'),
  built: t('Built from'),
  prepared: t('Prepared from'),
  downloaded: t('Downloaded from'),
  uploaded: t('Uploaded from'),
  'same-content': t('Same content as'),
};
const toWords: Readonly<Record<LineageStep['how'], string>> = {
  extracted: t('Extracted to'),
  converted: t('Converted to'),
  built: t('Built into'),
  prepared: t('Prepared as'),
  downloaded: t('Downloaded to'),
  uploaded: t('Uploaded as'),
  'same-content': t('Same content as'),
};

export function stepWords({ how }: LineageStep, direction: 'from' | 'to'): string {
  return (direction === 'from' ? fromWords : toWords)[how];
}

/** `0.617` as `62 %`; what is a little is never nothing, and what lacks a little is never all. */
export function shareWords(share: number, isExact: boolean): string {
  const percent = share <= 0 ? 0 : share >= 1 ? 100 : Math.min(99, Math.max(1, Math.round(share * 100)));
  return isExact ? `${percent} %` : t('about {percent} %', { percent });
}
