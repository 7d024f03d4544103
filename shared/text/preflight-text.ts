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
