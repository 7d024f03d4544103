import { beforeEach, describe, expect, it } from 'vitest';
import type { Job, JobRequest } from '#shared/domain/job.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import {
  cancelQueuedJob,
  clearPartialFile,
  deleteEndedJob,
  endJob,
  findJob,
  insertJob,
  listAbandonedPartialFiles,
  listJobOwners,
  listJobs,
  listPartialFiles,
  recordPartialFile,
  settleJobsOf,
  takeNextJob,
} from '../../../electron/catalogue/jobs.ts';

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
  insertJob(catalogue, { title: 'Hash a.qcow2', work, owner, createdAt: created });

describe('jobs', () => {
  it('go from queued over running to an end', () => {
    const job = insert();
    const fields = {
      title: 'Hash a.qcow2',
      work,
      outcome: null,
      failure: null,
      progress: null,
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
    expect(cancelQueuedJob(catalogue, id, ended)).toMatchObject({ state: 'cancelled', endedAt: ended });
    expect(takeNextJob(catalogue, theirs, started)).toBeNull();
    expect(cancelQueuedJob(catalogue, id, ended)).toBeNull();
  });

  it('can be deleted once they have ended', () => {
    const { id } = insert();
    expect(deleteEndedJob(catalogue, id)).toBe(false);
    cancelQueuedJob(catalogue, id, ended);
    expect(deleteEndedJob(catalogue, id)).toBe(true);
    expect(() => findJob(catalogue, id)).toThrow(`there is no job ${id}`);
  });
});

describe('settleJobsOf', () => {
  it('interrupts what ran and hands on what was queued', () => {
    const [ran, waited, other] = [insert(theirs), insert(theirs), insert(mine)];
    takeNextJob(catalogue, theirs, started);
    expect(listJobOwners(catalogue).sort()).toEqual([mine, theirs]);
    const failure = { code: 'operation.interrupted', details: { reason: 'gone' } } as const;
    const settled = settleJobsOf(catalogue, theirs, mine, { failure, endedAt: ended });
    expect(settled.interrupted).toEqual([
      { ...ran, state: 'interrupted', failure, startedAt: started, endedAt: ended },
    ]);
    expect(settled.inherited).toEqual([waited]);
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
