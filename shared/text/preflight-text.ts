/** The words for what clouds say of an image. */
import type { Severity, Verdict } from '../domain/preflight.ts';
import { inEnglish } from '../in-english.ts';
import { inWords } from './in-words.ts';
import { t, translate } from './words.ts';

const verdicts: { readonly [One in Verdict]: string } = {
  ready: inEnglish('Ready'),
  fixable: inEnglish('Fixable'),
  refused: inEnglish('Refused'),
};

export function verdictWords(verdict: Verdict): string {
  return inWords(verdicts[verdict]);
}

export function severityWords(severity: Severity): string {
  switch (severity) {
    case 'stop':
      return t('Stops the import');
    case 'warning':
      return t('Warning');
    case 'hint':
      return t('Good to know');
  }
}

const counted: { readonly [One in Verdict]: string } = {
  ready: inEnglish('{count} ready'),
  fixable: inEnglish('{count} fixable'),
  refused: inEnglish('{count} refused'),
};

/** “3 ready, 9 fixable, 4 refused”, without what nobody says. */
export function countWords(counts: Readonly<Record<Verdict, number>>): string {
  return (['ready', 'fixable', 'refused'] as const)
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => translate(counted[verdict], { count: counts[verdict] }))
    .join(', ');
}
