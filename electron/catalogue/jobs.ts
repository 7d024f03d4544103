/** Queries about jobs, who runs them, and the partial files they may leave behind. */
import type { Job, JobOutcome, JobRequest, JobState } from '#shared/domain/job.ts';
import { Failure, type FailureData } from '#shared/failure.ts';
import type { Catalogue } from './database.ts';

interface JobRow {
  id: number;
  title: string;
  state: JobState;
  work: string;
  outcome: string | null;
  failure: string | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
}

const columns = 'id, title, state, work, outcome, failure, created_at, started_at, ended_at';

/** How a job ended. */
export interface JobEnd {
  readonly state: 'done' | 'failed' | 'cancelled' | 'interrupted';
  readonly outcome: JobOutcome | null;
  readonly failure: FailureData | null;
  /** ISO 8601. */
  readonly endedAt: string;
}

/** Queues a job for the process `owner`. `createdAt` is ISO 8601. */
export function insertJob(
  catalogue: Catalogue,
  job: {
    readonly title: string;
    readonly work: JobRequest;
    readonly owner: string;
    readonly createdAt: string;
  },
): Job {
  const row = catalogue.get<JobRow>(
    `INSERT INTO jobs (title, state, owner, work, created_at)
     VALUES (@title, 'queued', @owner, @work, @createdAt) RETURNING ${columns}`,
    { ...job, work: JSON.stringify(job.work) },
  );
  return jobOf(row!);
}

/** All jobs, the newest first. */
export function listJobs(catalogue: Catalogue): Job[] {
  return catalogue.all<JobRow>(`SELECT ${columns} FROM jobs ORDER BY id DESC`).map(jobOf);
}

/** @throws Failure `input.invalid` when there is no such job. */
export function findJob(catalogue: Catalogue, id: number): Job {
  const row = catalogue.get<JobRow>(`SELECT ${columns} FROM jobs WHERE id = @id`, { id });
  if (!row) throw new Failure('input.invalid', { problem: `there is no job ${id}` });
  return jobOf(row);
}

/** Turns the oldest queued job of `owner` into a running one; null when there is none. */
export function takeNextJob(catalogue: Catalogue, owner: string, startedAt: string): Job | null {
  const row = catalogue.get<JobRow>(
    `UPDATE jobs SET state = 'running', started_at = @startedAt
     WHERE id = (SELECT id FROM jobs WHERE state = 'queued' AND owner = @owner ORDER BY id LIMIT 1)
     RETURNING ${columns}`,
    { owner, startedAt },
  );
  return row ? jobOf(row) : null;
}

/** Ends a running job of `owner`; null when it is not that any more. */
export function endJob(catalogue: Catalogue, id: number, owner: string, end: JobEnd): Job | null {
  const row = catalogue.get<JobRow>(
    `UPDATE jobs SET state = @state, owner = NULL, outcome = @outcome, failure = @failure, ended_at = @endedAt
     WHERE id = @id AND state = 'running' AND owner = @owner RETURNING ${columns}`,
    {
      id,
      owner,
      state: end.state,
      outcome: end.outcome && JSON.stringify(end.outcome),
      failure: end.failure && JSON.stringify(end.failure),
      endedAt: end.endedAt,
    },
  );
  return row ? jobOf(row) : null;
}

/** Cancels a job that has not begun, whoever owns it; null when it is not queued any more. */
export function cancelQueuedJob(catalogue: Catalogue, id: number, endedAt: string): Job | null {
  const row = catalogue.get<JobRow>(
    `UPDATE jobs SET state = 'cancelled', owner = NULL, ended_at = @endedAt
     WHERE id = @id AND state = 'queued' RETURNING ${columns}`,
    { id, endedAt },
  );
  return row ? jobOf(row) : null;
}

/** Removes an ended job from the history; false when it has not ended. */
export function deleteEndedJob(catalogue: Catalogue, id: number): boolean {
  const { changes } = catalogue.run(
    `DELETE FROM jobs WHERE id = @id AND state NOT IN ('queued', 'running')`,
    { id },
  );
  return changes > 0;
}

/** Every process that a queued or running job belongs to. */
export function listJobOwners(catalogue: Catalogue): string[] {
  return catalogue
    .all<{ owner: string }>(`SELECT DISTINCT owner FROM jobs WHERE state IN ('queued', 'running')`)
    .map((row) => row.owner);
}

/** Gives the jobs of a process that has ended a fitting state: running ones are interrupted, queued ones go to `heir`. */
export function settleJobsOf(
  catalogue: Catalogue,
  owner: string,
  heir: string,
  end: { readonly failure: FailureData; readonly endedAt: string },
): { readonly interrupted: readonly Job[]; readonly inherited: readonly Job[] } {
  return catalogue.transaction(() => ({
    interrupted: catalogue
      .all<JobRow>(
        `UPDATE jobs SET state = 'interrupted', owner = NULL, failure = @failure, ended_at = @endedAt
         WHERE state = 'running' AND owner = @owner RETURNING ${columns}`,
        { owner, failure: JSON.stringify(end.failure), endedAt: end.endedAt },
      )
      .map(jobOf),
    inherited: catalogue
      .all<JobRow>(
        `UPDATE jobs SET owner = @heir WHERE state = 'queued' AND owner = @owner RETURNING ${columns}`,
        { owner, heir },
      )
      .map(jobOf),
  }));
}

/** Puts a partial file on record before it is created. */
export function recordPartialFile(catalogue: Catalogue, jobId: number, path: string): void {
  catalogue.run('INSERT OR REPLACE INTO partial_files (path, job_id) VALUES (@path, @jobId)', {
    jobId,
    path,
  });
}

/** Takes a partial file off the record: it got its final name, or is gone. */
export function clearPartialFile(catalogue: Catalogue, path: string): void {
  catalogue.run('DELETE FROM partial_files WHERE path = @path', { path });
}

/** The partial files on record for one job. */
export function listPartialFiles(catalogue: Catalogue, jobId: number): string[] {
  return catalogue
    .all<{ path: string }>('SELECT path FROM partial_files WHERE job_id = @jobId', { jobId })
    .map((row) => row.path);
}

/** The partial files of jobs that nobody runs any more. */
export function listAbandonedPartialFiles(catalogue: Catalogue): string[] {
  return catalogue
    .all<{ path: string }>(
      `SELECT path FROM partial_files LEFT JOIN jobs ON jobs.id = partial_files.job_id
       WHERE jobs.state IS NULL OR jobs.state <> 'running'`,
    )
    .map((row) => row.path);
}

function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    title: row.title,
    state: row.state,
    work: JSON.parse(row.work) as JobRequest,
    outcome: row.outcome === null ? null : (JSON.parse(row.outcome) as JobOutcome),
    failure: row.failure === null ? null : (JSON.parse(row.failure) as FailureData),
    progress: null,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}
