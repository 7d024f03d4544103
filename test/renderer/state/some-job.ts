/** Jobs as the main process tells of them, for tests. */
import { unlimited, type Job, type JobOutcome, type JobRequest } from '#shared/domain/job.ts';

/** A job that is done, or that has failed when it has no outcome. */
export function someJob(id: number, work: JobRequest, outcome: JobOutcome | null = null): Job {
  return {
    id,
    title: `job ${id}`,
    group: null,
    place: id,
    state: outcome === null ? 'failed' : 'done',
    work,
    outcome,
    failure: null,
    progress: null,
    limits: unlimited,
    notes: [],
    resumable: false,
    notify: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:01.000Z',
  };
}
