/** What a builder takes, and how a form says that it is not there yet. */
import type { BuildInputs } from '#shared/domain/build.ts';

const nouns = { folder: 'folder', disks: 'disk image', files: 'file', none: 'file' } as const;

/** What is wrong with that many inputs, in words; null when nothing is. */
export function inputProblem({ kind, minimum, maximum }: BuildInputs, count: number): string | null {
  const what = nouns[kind];
  if (count < minimum) return minimum === 1 ? `Choose a ${what}.` : `Choose ${minimum} ${what}s.`;
  if (count <= maximum) return null;
  if (maximum === 0) return `It takes no ${what}s.`;
  return `It takes ${maximum === 1 ? `one ${what}` : `at most ${maximum} ${what}s`}.`;
}
