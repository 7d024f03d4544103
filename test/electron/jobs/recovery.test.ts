import { describe, expect, it } from 'vitest';
import { unlimited } from '#shared/domain/job.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { insertJob, listJobs, takeNextJob } from '../../../electron/catalogue/jobs.ts';
import { settleAbandonedJobs } from '../../../electron/jobs/recovery.ts';

const [mine, living, dead] = ['1-aaaaaaaaaaaaaaaa', '2-bbbbbbbbbbbbbbbb', '3-cccccccccccccccc'];
const heir = { id: mine, isAlive: (id: string) => id !== dead };
const at = '2025-01-01T00:00:00.000Z';

describe('settleAbandonedJobs', () => {
  it('touches the jobs of dead processes only, and only once', () => {
    const catalogue = openCatalogue(':memory:');
    const work = { kind: 'hash', request: { path: '/a' } } as const;
    for (const owner of [mine, living, dead]) {
      for (const state of ['ran', 'waited']) {
        insertJob(catalogue, { title: `${state} ${owner}`, work, limits: unlimited, owner, createdAt: at });
        if (state === 'ran') takeNextJob(catalogue, owner, at);
      }
    }
    const settled = settleAbandonedJobs(catalogue, heir, at);
    expect(settled.map((job) => [job.title, job.state, job.endedAt])).toEqual([
      [`ran ${dead}`, 'interrupted', at],
      [`waited ${dead}`, 'queued', null],
    ]);
    expect(settled[0]!.failure?.code).toBe('operation.interrupted');
    expect(settleAbandonedJobs(catalogue, heir, at)).toEqual([]);
    const states = listJobs(catalogue).map((job) => job.state);
    expect(states).toEqual(['queued', 'interrupted', 'queued', 'running', 'queued', 'running']);
  });
});
