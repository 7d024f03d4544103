/** Groups of jobs as lines of the list: one progress for all, and what they are as a whole. */
import { describe, expect, it } from 'vitest';
import type { Job } from '#shared/domain/job.ts';
import { groupWords, linesOf, summarize } from '../../../renderer/state/job-groups.ts';
import { someJob } from './some-job.ts';

const group = { id: 7, title: 'Hash 4 images' };
const job = (id: number, changes: Partial<Job>): Job => ({
  ...someJob(id, { kind: 'hash', request: { path: `/${id}` } }),
  state: 'queued',
  endedAt: null,
  ...changes,
});
const half = {
  phase: 'hashing' as const,
  item: null,
  doneBytes: 50,
  totalBytes: 100,
  earlierBytes: 0,
  laterBytes: 0,
  bytesPerSecond: 10,
  secondsLeft: null,
};
const over = '2026-01-01T00:00:01.000Z';
const members = [
  job(1, { group, state: 'done', endedAt: over }),
  job(2, { group, state: 'failed', endedAt: over }),
  job(3, { group, state: 'running', progress: half }),
  job(4, { group }),
];

describe('lines', () => {
  it('draw a group where its newest job is, with the others in their places', () => {
    const jobs = [job(6, {}), members[3]!, job(5, {}), members[2]!, members[1]!, members[0]!];
    const lines = linesOf(jobs).map((line) =>
      line.kind === 'job' ? line.job.id : line.summary.jobs.map(({ id }) => id),
    );
    expect(lines).toEqual([6, [1, 2, 3, 4], 5]);
  });
});

describe('a summary', () => {
  it('counts each job the same, and what has ended as all of it', () => {
    const summary = summarize(members);
    expect(summary).toMatchObject({ state: 'running', done: 1, failed: 1, bytesPerSecond: 10 });
    expect(summary.share).toBeCloseTo(2.5 / 4);
    expect(groupWords(summary)).toBe('1 of 4 done, 1 failed');
  });

  it('is paused when none runs or waits and some rest, and has ended when none is left', () => {
    const paused = [members[0]!, job(3, { group, state: 'paused', progress: half })];
    expect(groupWords(summarize(paused))).toBe('Paused, 1 of 2 done');
    expect(summarize([job(3, { group })]).state).toBe('queued');
    expect(summarize(members.slice(0, 2))).toMatchObject({ state: 'ended', share: 1 });
    const resumable = job(2, { group, state: 'failed', endedAt: over, resumable: true, progress: half });
    expect(summarize([resumable])).toMatchObject({ state: 'paused', failed: 0, share: 0.5 });
  });
});
