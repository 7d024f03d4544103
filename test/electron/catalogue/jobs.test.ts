import { beforeEach, describe, expect, it } from 'vitest';
import { unlimited, type Job, type JobRequest } from '#shared/domain/job.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import {
  appendToJournal,
  hasJournal,
  readJournal,
  saveProgress,
} from '../../../electron/catalogue/job-journals.ts';
import {
  cancelIdleJob,
  letGo,
  limitJob,
  noteOnJob,
  pauseJob,
  putBack,
  queueAgain,
  deleteEndedJob,
  endJob,
  findJob,
  insertJob,
  listJobOwners,
  listJobs,
  settleJobsOf,
  takeNextJob,
  takeUpJob,
} from '../../../electron/catalogue/jobs.ts';
import {
  clearPartialFile,
  listAbandonedPartialFiles,
  listPartialFiles,
  recordPartialFile,
} from '../../../electron/catalogue/partial-files.ts';

const work: JobRequest = { kind: 'hash', request: { path: '/images/a.qcow2' } };
const [created, started, ended] = [
  '2025-01-01T00:00:00.000Z',
  '2025-01-01T00:00:01.000Z',
  '2025-01-01T00:00:02.000Z',
];
const [mine, theirs] = ['1-aaaaaaaaaaaaaaaa', '2-bbbbbbbbbbbbbbbb'];

let catalogue: Catalogue;
beforeEach(() => {
  catalogue = openCatalogue(':memory:');
});

const insert = (owner = mine): Job =>
  insertJob(catalogue, { title: 'Hash a.qcow2', work, limits: unlimited, owner, createdAt: created });

describe('jobs', () => {
  it('go from queued over running to an end', () => {
    const job = insert();
    const fields = {
      title: 'Hash a.qcow2',
      group: null,
      place: job.id,
      work,
      outcome: null,
      failure: null,
      progress: null,
      limits: unlimited,
      notes: [],
      resumable: false,
      notify: false,
      createdAt: created,
    };
    expect(job).toEqual({ ...fields, id: job.id, state: 'queued', startedAt: null, endedAt: null });
    const running = takeNextJob(catalogue, mine, started);
    expect(running).toEqual({ ...job, state: 'running', startedAt: started });
    const outcome = { kind: 'hash', result: { sha256: 'a'.repeat(64), virtualSizeBytes: 5 } } as const;
    const done = endJob(catalogue, job.id, mine, { state: 'done', outcome, failure: null, endedAt: ended });
    expect(done).toEqual({ ...running, state: 'done', outcome, endedAt: ended });
    expect(findJob(catalogue, job.id)).toEqual(done);
    expect(listJobs(catalogue)).toEqual([done]);
  });

  it('are taken in order, and only by their owner', () => {
    const [first, , third] = [insert(), insert(theirs), insert()];
    expect(takeNextJob(catalogue, mine, started)?.id).toBe(first.id);
    expect(takeNextJob(catalogue, mine, started)?.id).toBe(third.id);
    expect(takeNextJob(catalogue, mine, started)).toBeNull();
  });

  it('end once, and only by their owner', () => {
    const { id } = insert();
    const end = { state: 'cancelled', outcome: null, failure: null, endedAt: ended } as const;
    expect(endJob(catalogue, id, mine, end)).toBeNull();
    takeNextJob(catalogue, mine, started);
    expect(endJob(catalogue, id, theirs, end)).toBeNull();
    expect(endJob(catalogue, id, mine, end)?.state).toBe('cancelled');
    expect(endJob(catalogue, id, mine, end)).toBeNull();
  });

  it('can be cancelled while they are queued', () => {
    const { id } = insert(theirs);
    expect(cancelIdleJob(catalogue, id, ended)).toMatchObject({ state: 'cancelled', endedAt: ended });
    expect(takeNextJob(catalogue, theirs, started)).toBeNull();
    expect(cancelIdleJob(catalogue, id, ended)).toBeNull();
  });

  it('can be deleted once they have ended', () => {
    const { id } = insert();
    expect(deleteEndedJob(catalogue, id)).toBe(false);
    cancelIdleJob(catalogue, id, ended);
    expect(deleteEndedJob(catalogue, id)).toBe(true);
    expect(() => findJob(catalogue, id)).toThrow(`there is no job ${id}`);
  });
});

describe('a job that rests', () => {
  const progress = {
    phase: 'converting',
    item: 'a',
    doneBytes: 1,
    totalBytes: 2,
    earlierBytes: 0,
    laterBytes: 0,
    bytesPerSecond: null,
    secondsLeft: null,
  } as const;
  const end = { state: 'interrupted', outcome: null, failure: null, endedAt: ended } as const;

  const run = (): number => {
    insert();
    return takeNextJob(catalogue, mine, started)!.id;
  };

  it('is paused by its owner, let go, and queued again by anybody', () => {
    const id = run();
    expect(pauseJob(catalogue, id, theirs)).toBeNull();
    expect(pauseJob(catalogue, id, mine)).toMatchObject({ state: 'paused', endedAt: null });
    expect(pauseJob(catalogue, id, mine)).toBeNull();
    expect(queueAgain(catalogue, id, theirs)).toBeNull();
    expect(cancelIdleJob(catalogue, id, ended)).toBeNull();
    expect(letGo(catalogue, id, theirs)).toBeNull();
    expect(letGo(catalogue, id, mine)).toMatchObject({ state: 'paused' });
    expect(queueAgain(catalogue, id, theirs)).toMatchObject({ state: 'queued' });
    expect(takeNextJob(catalogue, theirs, ended)).toMatchObject({ id, startedAt: started });
    expect(putBack(catalogue, id, mine)).toBeNull();
    expect(putBack(catalogue, id, theirs)).toMatchObject({ state: 'queued' });
  });

  it('has ended with a journal, and goes on as the same job', () => {
    const id = run();
    appendToJournal(catalogue, id, Buffer.from('one'), null);
    appendToJournal(catalogue, id, new Uint8Array([1, 2]), progress);
    const failure = { code: 'operation.interrupted', details: { reason: 'gone' } } as const;
    expect(endJob(catalogue, id, mine, { ...end, failure })).toMatchObject({ resumable: true, progress });
    expect(readJournal(catalogue, id).map((record) => [...record])).toEqual([
      [...Buffer.from('one')],
      [1, 2],
    ]);
    expect(queueAgain(catalogue, id, mine)).toMatchObject({
      state: 'queued',
      failure: null,
      endedAt: null,
      progress,
    });
    takeNextJob(catalogue, mine, started);
    expect(endJob(catalogue, id, mine, { ...end, state: 'done' })).toMatchObject({
      resumable: false,
      progress: null,
    });
    expect(hasJournal(catalogue, id)).toBe(false);
    expect(queueAgain(catalogue, id, mine)).toBeNull();
  });

  it('begins again where there is no journal', () => {
    const id = run();
    saveProgress(catalogue, id, progress);
    pauseJob(catalogue, id, mine);
    expect(findJob(catalogue, id).progress).toEqual(progress);
    expect(letGo(catalogue, id, mine)?.progress).toBeNull();
    const other = run();
    expect(endJob(catalogue, other, mine, end)).toMatchObject({ resumable: false });
    expect(queueAgain(catalogue, other, mine)).toBeNull();
  });

  it('keeps its partial files until it is given up', () => {
    const id = run();
    recordPartialFile(catalogue, id, '/out/.a');
    appendToJournal(catalogue, id, new Uint8Array(1), null);
    pauseJob(catalogue, id, mine);
    expect(listAbandonedPartialFiles(catalogue)).toEqual([]);
    endJob(catalogue, id, mine, end);
    expect(listAbandonedPartialFiles(catalogue)).toEqual([]);
    expect(cancelIdleJob(catalogue, id, ended)).toMatchObject({
      state: 'cancelled',
      failure: null,
      resumable: false,
    });
    expect(hasJournal(catalogue, id)).toBe(false);
    expect(listAbandonedPartialFiles(catalogue)).toEqual(['/out/.a']);
  });

  it('has limits that change until it has ended for good, and notes that are said once', () => {
    const id = run();
    const limits = { bytesPerSecond: 5, workers: 1, lowPriority: true };
    expect(limitJob(catalogue, id, limits).limits).toEqual(limits);
    const note = { kind: 'deflate', codec: 'zlib' } as const;
    expect(noteOnJob(catalogue, id, note)?.notes).toEqual([note]);
    expect(noteOnJob(catalogue, id, note)).toBeNull();
    const other = { kind: 'resumed', item: 'a', doneBytes: 5 } as const;
    expect(noteOnJob(catalogue, id, other)?.notes).toEqual([note, other]);
    endJob(catalogue, id, mine, end);
    expect(() => limitJob(catalogue, id, limits)).toThrow('has ended');
    expect(() => limitJob(catalogue, 99, limits)).toThrow('there is no job 99');
  });
});

describe('takeUpJob', () => {
  const lives = (id: string): boolean => id === mine;
  const running = (owner: string): number => {
    insert(owner);
    return takeNextJob(catalogue, owner, started)!.id;
  };

  it('has the very work go on that was cut off, and nothing else', () => {
    const { id: living } = { id: running(mine) };
    appendToJournal(catalogue, living, Buffer.from('a'), null);
    running(theirs);
    // One is run by a living process, of the other nothing is on record.
    expect(takeUpJob(catalogue, work, mine, lives)).toBeNull();
    const dead = running(theirs);
    appendToJournal(catalogue, dead, Buffer.from('b'), null);
    const another: JobRequest = { kind: 'hash', request: { path: '/images/b.qcow2' } };
    expect(takeUpJob(catalogue, another, mine, lives)).toBeNull();
    expect(takeUpJob(catalogue, work, mine, lives)).toMatchObject({ id: dead, state: 'running' });
    expect(readJournal(catalogue, dead).map(String)).toEqual(['b']);
    const failure = { code: 'cloud.unreachable', details: { address: 'a', reason: 'b' } } as const;
    endJob(catalogue, dead, mine, { state: 'failed', outcome: null, failure, endedAt: ended });
    expect(takeUpJob(catalogue, work, mine, lives)).toMatchObject({ id: dead, failure: null, endedAt: null });
    endJob(catalogue, dead, mine, { state: 'done', outcome: null, failure: null, endedAt: ended });
    expect(takeUpJob(catalogue, work, mine, lives)).toBeNull();
  });
});

describe('settleJobsOf', () => {
  it('interrupts what ran and hands on what was queued', () => {
    const [ran, waited, other] = [insert(theirs), insert(theirs), insert(mine)];
    takeNextJob(catalogue, theirs, started);
    expect(listJobOwners(catalogue).sort()).toEqual([mine, theirs]);
    const failure = { code: 'operation.interrupted', details: { reason: 'gone' } } as const;
    const paused = insert(theirs);
    takeNextJob(catalogue, theirs, started);
    takeNextJob(catalogue, theirs, started);
    pauseJob(catalogue, paused.id, theirs);
    putBack(catalogue, waited.id, theirs);
    const settled = settleJobsOf(catalogue, theirs, mine, { failure, endedAt: ended });
    expect(settled.rested).toMatchObject([{ id: paused.id, state: 'paused', progress: null }]);
    expect(settled.interrupted).toEqual([
      { ...ran, state: 'interrupted', failure, startedAt: started, endedAt: ended },
    ]);
    expect(settled.inherited).toEqual([{ ...waited, startedAt: started }]);
    expect(listJobOwners(catalogue)).toEqual([mine]);
    expect(takeNextJob(catalogue, mine, started)?.id).toBe(waited.id);
    expect(takeNextJob(catalogue, mine, started)?.id).toBe(other.id);
  });
});

describe('partial files', () => {
  it('are on record for their job until they are cleared', () => {
    const { id } = insert();
    takeNextJob(catalogue, mine, started);
    recordPartialFile(catalogue, id, '/out/.a');
    recordPartialFile(catalogue, id, '/out/.b');
    recordPartialFile(catalogue, id, '/out/.b');
    expect(listPartialFiles(catalogue, id)).toEqual(['/out/.a', '/out/.b']);
    clearPartialFile(catalogue, '/out/.a');
    expect(listPartialFiles(catalogue, id)).toEqual(['/out/.b']);
    expect(listAbandonedPartialFiles(catalogue)).toEqual([]);
  });

  it('are abandoned when their job has ended or is forgotten', () => {
    const { id } = insert();
    takeNextJob(catalogue, mine, started);
    recordPartialFile(catalogue, id, '/out/.a');
    endJob(catalogue, id, mine, { state: 'interrupted', outcome: null, failure: null, endedAt: ended });
    expect(listAbandonedPartialFiles(catalogue)).toEqual(['/out/.a']);
    deleteEndedJob(catalogue, id);
    expect(listAbandonedPartialFiles(catalogue)).toEqual(['/out/.a']);
  });
});
