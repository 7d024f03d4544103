/** The words for what clouds say of an image. */
import type { Severity, Verdict } from '../domain/preflight.ts';

export const verdictWords: Readonly<Record<Verdict, string>> = {
  ready: 'Ready',
  fixable: 'Fixable',
  refused: 'Refused',
};

export const severityWords: Readonly<Record<Severity, string>> = {
  stop: 'Stops the import',
  warning: 'Warning',
  hint: 'Good to know',
};

/** “3 ready, 9 fixable, 4 refused”, without what nobody says. */
export function countWords(counts: Readonly<Record<Verdict, number>>): string {
  const parts = Object.entries(verdictWords).flatMap(([verdict, words]) => {
    const count = counts[verdict as Verdict];
    return count === 0 ? [] : [`${count} ${words.toLowerCase()}`];
  });
  return parts.join(', ');
}
