/** Jobs about images that need no form: one alone, several as a group. */
import type { JobRequest } from '#shared/domain/job.ts';
import { formatCount } from '#shared/text/units.ts';
import { jobs } from './jobs.svelte.ts';
import { notices } from './notices.svelte.ts';
import type { Subject } from './subject.ts';

/** What one group may hold; the contract says so, too. */
export const mostInGroup = 1000;

/** @throws Failure. */
async function start(verb: string, works: readonly JobRequest[]): Promise<void> {
  const [only] = works;
  if (only === undefined) {
    notices.tell({ title: 'None of these is something that this can be done with.' });
    return;
  }
  if (works.length === 1) await jobs.start(only);
  else {
    for (let from = 0; from < works.length; from += mostInGroup) {
      const part = works.slice(from, from + mostInGroup);
      await jobs.startGroup(`${verb} ${formatCount(part.length, 'image')}`, part);
    }
  }
}

export const imageJobs = {
  /** @throws Failure. */
  check: (subjects: readonly Subject[]): Promise<void> =>
    start(
      'Check',
      subjects.map(({ path }) => ({ kind: 'check', request: { path } })),
    ),
  /** @throws Failure. */
  hash: (subjects: readonly Subject[]): Promise<void> =>
    start(
      'Hash',
      subjects.map(({ path }) => ({ kind: 'hash', request: { path } })),
    ),
};
