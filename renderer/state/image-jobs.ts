/** Jobs about images that need no form: one alone, several as a group. */
import type { JobRequest } from '#shared/domain/job.ts';
import type { KnownSum } from '#shared/domain/parts.ts';
import { inEnglish, type Phrase } from '#shared/in-english.ts';
import { t } from '#shared/text/words.ts';
import { jobs } from './jobs.svelte.ts';
import { notices } from './notices.svelte.ts';
import type { Subject } from './subject.ts';

/** What one group may hold; the contract says so, too. */
export const mostInGroup = 1000;

/** @throws Failure. */
async function start(title: (count: number) => Phrase, works: readonly JobRequest[]): Promise<void> {
  const [only] = works;
  if (only === undefined) {
    notices.tell({ title: t('None of these is something that this can be done with.') });
    return;
  }
  if (works.length === 1) await jobs.start(only);
  else {
    for (let from = 0; from < works.length; from += mostInGroup) {
      const part = works.slice(from, from + mostInGroup);
      await jobs.startGroup(title(part.length), part);
    }
  }
}

const checkTitle = (count: number): Phrase =>
  inEnglish('Check {count, plural, one {# image} other {# images}}', { count });

export const imageJobs = {
  /** @throws Failure. */
  check: (subjects: readonly Subject[]): Promise<void> =>
    start(
      checkTitle,
      subjects.map(({ path }) => ({ kind: 'check', request: { path } })),
    ),
  /** Holds a file against what checksum files say of it. @throws Failure. */
  checkSums: (path: string, sums: readonly KnownSum[]): Promise<void> => {
    const said = new Map<string, { algorithm: string; expected: string }>();
    for (const { algorithm, expected } of sums) {
      if (expected !== null) said.set(`${algorithm} ${expected}`, { algorithm, expected });
    }
    return start(checkTitle, [
      { kind: 'check-sums', request: { path, sums: [...said.values()].slice(0, 20) } },
    ]);
  },
  /** @throws Failure. */
  hash: (subjects: readonly Subject[]): Promise<void> =>
    start(
      (count) => inEnglish('Hash {count, plural, one {# image} other {# images}}', { count }),
      subjects.map(({ path }) => ({ kind: 'hash', request: { path } })),
    ),
};
