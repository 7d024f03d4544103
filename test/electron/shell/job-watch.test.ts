import { describe, expect, it } from 'vitest';
import { JobWatch, type OverallProgress } from '../../../electron/shell/job-watch.ts';
import { unlimited, type Job, type JobProgress } from '../../../shared/domain/job.ts';

function job(id: number, change: Partial<Job>): Job {
  return {
    id,
    title: `Job ${id}`,
    group: null,
    place: 1,
    state: 'queued',
    work: { kind: 'hash', request: { path: '/a' } },
    outcome: null,
    failure: null,
    progress: null,
    limits: unlimited,
    notes: [],
    resumable: false,
    notify: false,
    createdAt: '2030-01-01T00:00:00.000Z',
    startedAt: null,
    endedAt: null,
    ...change,
  };
}

function at(doneBytes: number, totalBytes: number): JobProgress {
  const others = { earlierBytes: 0, laterBytes: 0, bytesPerSecond: null, secondsLeft: null };
  return { phase: 'hashing', item: null, doneBytes, totalBytes, ...others };
}

function watched() {
  const told: (OverallProgress | string)[] = [];
  const watch = new JobWatch({
    progressed: (progress) => told.push(progress),
    ended: ({ title, state }, milliseconds) => told.push(`${title} ${state} after ${milliseconds}`),
    idle: () => told.push('idle'),
  });
  return { watch, told };
}

const started = { startedAt: '2030-01-01T00:00:00.000Z' };
const running = { state: 'running', ...started } as const;
const ended = { ...started, endedAt: '2030-01-01T00:00:12.500Z' };

describe('JobWatch', () => {
  it('shows one bar for all jobs, by their bytes', () => {
    const { watch, told } = watched();
    watch.receive({ kind: 'changed', job: job(1, running) });
    watch.receive({ kind: 'progressed', id: 1, progress: at(50, 100) });
    watch.receive({ kind: 'changed', job: job(2, { ...running, progress: at(0, 300) }) });
    watch.receive({ kind: 'progressed', id: 2, progress: at(900, 300) });
    expect(told).toEqual([
      { kind: 'unknown' },
      { kind: 'share', share: 0.5 },
      { kind: 'share', share: 0.125 },
      { kind: 'share', share: 0.875 },
    ]);
  });

  it('does not know the share of a phase that has not said how much there is', () => {
    const { watch, told } = watched();
    watch.receive({ kind: 'changed', job: job(1, { ...running, progress: at(0, 0) }) });
    expect(told).toEqual([{ kind: 'unknown' }]);
  });

  it.each(['done', 'failed'] as const)('tells of a job that ended as %s, and of the last one', (state) => {
    const { watch, told } = watched();
    watch.receive({ kind: 'changed', job: job(1, running) });
    watch.receive({ kind: 'changed', job: job(2, running) });
    watch.receive({ kind: 'changed', job: job(1, { ...ended, state }) });
    watch.receive({ kind: 'changed', job: job(2, { ...ended, state }) });
    expect(told.filter((word) => typeof word === 'string')).toEqual([
      `Job 1 ${state} after 12500`,
      `Job 2 ${state} after 12500`,
      'idle',
    ]);
    expect(told.at(-1)).toEqual({ kind: 'none' });
  });

  it.each(['cancelled', 'interrupted'] as const)('is silent about a job that was stopped (%s)', (state) => {
    const { watch, told } = watched();
    watch.receive({ kind: 'changed', job: job(1, running) });
    watch.receive({ kind: 'changed', job: job(1, { ...ended, state }) });
    expect(told.filter((word) => typeof word === 'string')).toEqual(['idle']);
  });

  it('tells of jobs that were started together once, when the last of them has ended', () => {
    const { watch, told } = watched();
    const group = { id: 3, title: 'Hash 2 images' };
    for (const id of [1, 2]) watch.receive({ kind: 'changed', job: job(id, { group }) });
    watch.receive({ kind: 'changed', job: job(1, { ...running, group }) });
    watch.receive({ kind: 'changed', job: job(1, { ...ended, group, state: 'failed' }) });
    watch.receive({ kind: 'changed', job: job(2, { ...running, group }) });
    watch.receive({ kind: 'changed', job: job(2, { ...ended, group, state: 'done' }) });
    expect(told.filter((word) => typeof word === 'string')).toEqual([
      'idle',
      'Hash 2 images done after 12500',
      'idle',
    ]);
  });

  it('is silent about jobs that did not run here', () => {
    const { watch, told } = watched();
    watch.receive({ kind: 'changed', job: job(1, { ...ended, state: 'failed' }) });
    watch.receive({ kind: 'progressed', id: 9, progress: at(1, 2) });
    watch.receive({ kind: 'forgotten', id: 1 });
    expect(told).toEqual([{ kind: 'none' }, { kind: 'none' }, { kind: 'none' }]);
  });
});
