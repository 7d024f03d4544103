/** What is said of a job while it runs and when it ends. */
import { describe, expect, it } from 'vitest';
import { unlimited, type Job, type JobProgress } from '#shared/domain/job.ts';
import {
  endWords,
  isActive,
  isResting,
  percentDone,
  phaseWords,
  progressParts,
  restWords,
  secondsTaken,
} from '../../../renderer/state/job-words.ts';

const GiB = 2 ** 30;

function job(changes: Partial<Job> = {}): Job {
  return {
    id: 1,
    title: 'Extract disk1 of a.ova',
    group: null,
    place: 1,
    state: 'running',
    work: { kind: 'hash', request: { path: '/a' } },
    outcome: null,
    failure: null,
    progress: null,
    limits: unlimited,
    notes: [],
    resumable: false,
    notify: false,
    createdAt: '2026-01-01T00:00:00Z',
    startedAt: null,
    endedAt: null,
    ...changes,
  };
}

function progress(changes: Partial<JobProgress> = {}): JobProgress {
  return {
    phase: 'converting',
    item: 'disk1.vmdk',
    doneBytes: GiB,
    totalBytes: 4 * GiB,
    earlierBytes: 0,
    laterBytes: 0,
    bytesPerSecond: 300 * 2 ** 20,
    secondsLeft: 11,
    ...changes,
  };
}

describe('a running job', () => {
  it('says what it is at', () => {
    expect(phaseWords(job({ progress: progress() }))).toBe('Converting disk1.vmdk');
    expect(phaseWords(job({ progress: progress({ item: '/out/disk1.qcow2' }) }))).toBe(
      'Converting disk1.qcow2',
    );
    expect(phaseWords(job({ progress: progress({ phase: 'finishing', item: null }) }))).toBe('Finishing');
    expect(phaseWords(job())).toBe('Starting');
    expect(phaseWords(job({ state: 'queued' }))).toBe('Waiting');
  });

  it('says the numbers that are known', () => {
    expect(progressParts(progress())).toEqual(['1 of 4 GiB', '300 MiB/s', '11 s left']);
    expect(progressParts(progress({ bytesPerSecond: null, secondsLeft: null }))).toEqual(['1 of 4 GiB']);
    expect(progressParts(progress({ totalBytes: 0 }))).toEqual([]);
  });

  it('measures only what can be measured', () => {
    expect(percentDone(progress())).toBe(25);
    // Of the whole job: three GiB were converted, one of four is verified, one is to come.
    expect(percentDone(progress({ earlierBytes: 3 * GiB, laterBytes: GiB }))).toBe(50);
    expect(percentDone(progress({ totalBytes: 0 }))).toBeNull();
    expect(percentDone(null)).toBeNull();
  });
});

describe('an ended job', () => {
  it('says how it ended', () => {
    expect(endWords(job({ state: 'done' }))).toBe('Extract disk1 of a.ova: done.');
    expect(endWords(job({ state: 'cancelled', failure: { code: 'operation.cancelled', details: {} } }))).toBe(
      'Extract disk1 of a.ova: cancelled.',
    );
    expect(
      endWords(job({ state: 'failed', failure: { code: 'io.not-found', details: { path: '/a' } } })),
    ).toBe('Extract disk1 of a.ova failed. “/a” is not there.');
  });

  it('says how long it took', () => {
    const times = { startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:00:12Z' };
    expect(secondsTaken(job(times))).toBe(12);
    expect(secondsTaken(job({ ...times, startedAt: null }))).toBeNull();
  });

  it('is not active', () => {
    const states = ['queued', 'running', 'paused', 'done', 'failed', 'cancelled', 'interrupted'] as const;
    expect(states.filter((state) => isActive(job({ state })))).toEqual(['queued', 'running']);
  });
});

describe('a job that rests', () => {
  const failure = { code: 'io.no-space', details: { path: '/out' } } as const;

  it('is one that is paused, or has ended and can go on', () => {
    expect(isResting(job({ state: 'paused' }))).toBe(true);
    expect(isResting(job({ state: 'failed', failure, resumable: true }))).toBe(true);
    expect(isResting(job({ state: 'failed', failure }))).toBe(false);
    expect(isResting(job())).toBe(false);
  });

  it('says what to do', () => {
    expect(restWords(job({ state: 'paused', progress: progress() }))).toContain('goes on from here');
    expect(restWords(job({ state: 'paused' }))).toContain('begin again');
    expect(restWords(job({ state: 'failed', failure, resumable: true }))).toContain('Make room');
    expect(restWords(job({ state: 'interrupted', resumable: true }))).toContain('discard');
    expect(restWords(job({ state: 'interrupted' }))).toBeNull();
  });
});
