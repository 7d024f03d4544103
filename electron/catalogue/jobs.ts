/** Queries about jobs and who runs them. */
import type {
  Job,
  JobLimits,
  JobNote,
  JobOutcome,
  JobProgress,
  JobRequest,
  JobState,
} from '#shared/domain/job.ts';
import { Failure, type FailureData } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { Catalogue } from './database.ts';
import { dropEmptyGroup } from './job-groups.ts';
import { dropJournal } from './job-journals.ts';
import { messageOf, storedMessage } from './stored-message.ts';

interface JobRow {
  id: number;
  title: string;
  state: JobState;
  work: string;
  outcome: string | null;
  failure: string | null;
  limits: string;
  notes: string;
  progress: string | null;
  has_journal: number;
  group_id: number | null;
  group_title: string | null;
  place: number;
  notify: number;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
}

const hasJournal = 'EXISTS (SELECT 1 FROM job_journals WHERE job_id = jobs.id)';
const columns = `id, title, state, work, outcome, failure, limits, notes, progress, ${hasJournal} AS has_journal,
  group_id, (SELECT title FROM job_groups WHERE id = group_id) AS group_title, coalesce(place, jobs.id) AS place, notify,
  created_at, started_at, ended_at`;
/** What becomes of a paused job whose process does not hold it any more. */
const rests = `owner = NULL, progress = CASE WHEN ${hasJournal} THEN progress END`;
/** Of jobs that have ended before they were done, those that can go on. */
const canGoOn = `state IN ('interrupted', 'failed') AND ${hasJournal}`;

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
    readonly title: Message;
    readonly work: JobRequest;
    readonly limits: JobLimits;
    readonly owner: string;
    readonly createdAt: string;
    readonly groupId?: number | null;
  },
): Job {
  const row = catalogue.get<JobRow>(
    `INSERT INTO jobs (title, state, owner, work, limits, created_at, group_id)
     VALUES (@title, 'queued', @owner, @work, @limits, @createdAt, @groupId) RETURNING ${columns}`,
    {
      groupId: null,
      ...job,
      title: storedMessage(job.title),
      work: JSON.stringify(job.work),
      limits: JSON.stringify(job.limits),
    },
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
  if (!row) throw new Failure('input.invalid', { problem: inEnglish('there is no job {id}', { id }) });
  return jobOf(row);
}

/** Turns the next queued job of `owner` into a running one; null when there is none. */
export function takeNextJob(catalogue: Catalogue, owner: string, startedAt: string): Job | null {
  const row = catalogue.get<JobRow>(
    `UPDATE jobs SET state = 'running', started_at = coalesce(started_at, @startedAt)
     WHERE id = (SELECT id FROM jobs WHERE state = 'queued' AND owner = @owner
       ORDER BY coalesce(place, id) LIMIT 1)
     RETURNING ${columns}`,
    { owner, startedAt },
  );
  return row ? jobOf(row) : null;
}

/** Ends a job that `owner` has begun; null when it is not that any more. Only one that may go on keeps its journal. */
export function endJob(catalogue: Catalogue, id: number, owner: string, end: JobEnd): Job | null {
  if (end.state === 'done' || end.state === 'cancelled') dropJournal(catalogue, id);
  const row = catalogue.get<JobRow>(
    `UPDATE jobs SET state = @state, owner = NULL, outcome = @outcome, failure = @failure, ended_at = @endedAt
     WHERE id = @id AND started_at IS NOT NULL AND ended_at IS NULL AND owner = @owner RETURNING ${columns}`,
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

/** Lets a running job of `owner` rest: it is held by that process until letGo(). Null when it does not run any more. */
export function pauseJob(catalogue: Catalogue, id: number, owner: string): Job | null {
  return changed(catalogue, `state = 'paused'`, `state = 'running' AND owner = @owner`, { id, owner });
}

/**
 * Lets a queued job of `owner` rest; `held`: a thread of its sleeps on it, else it belongs to no process. Null when it does
 * not wait any more.
 */
export function holdJob(catalogue: Catalogue, id: number, owner: string, held: boolean): Job | null {
  return changed(
    catalogue,
    held ? `state = 'paused'` : `state = 'paused', owner = NULL`,
    `state = 'queued' AND owner = @owner`,
    { id, owner },
  );
}

/** A paused job that `owner` holds rests on without a process; without a journal it will begin again. */
export function letGo(catalogue: Catalogue, id: number, owner: string): Job | null {
  return changed(catalogue, rests, `state = 'paused' AND owner = @owner`, { id, owner });
}

/** A job of `owner` that runs waits for its turn again. */
export function putBack(catalogue: Catalogue, id: number, owner: string): Job | null {
  return changed(catalogue, `state = 'queued'`, `state = 'running' AND owner = @owner`, { id, owner });
}

/** Queues a job that rests, or has ended and can go on, for `owner`. Null when it is none, or another process holds it. */
export function queueAgain(catalogue: Catalogue, id: number, owner: string): Job | null {
  return changed(
    catalogue,
    `state = 'queued', owner = @owner, failure = NULL, ended_at = NULL`,
    `(state = 'paused' AND (owner IS NULL OR owner = @owner) OR ${canGoOn})`,
    { id, owner },
  );
}

/**
 * Has `owner` run a job of that very work that ended before it was done and can go on, or whose process has ended; null for
 * none. The newest of several.
 */
export function takeUpJob(
  catalogue: Catalogue,
  work: JobRequest,
  owner: string,
  isAlive: (owner: string) => boolean,
): Job | null {
  return catalogue.transaction(() => {
    const found = catalogue
      .all<{ readonly id: number; readonly owner: string | null }>(
        `SELECT id, owner FROM jobs WHERE work = @work AND ${hasJournal}
         AND state IN ('running', 'interrupted', 'failed') ORDER BY id DESC`,
        { work: JSON.stringify(work) },
      )
      .find((row) => row.owner === null || !isAlive(row.owner));
    if (found === undefined) return null;
    const assignments = `state = 'running', owner = @owner, failure = NULL, ended_at = NULL, notes = '[]'`;
    return changed(catalogue, assignments, 'TRUE', { id: found.id, owner });
  });
}

/**
 * Cancels a job that waits or rests, whoever queued it, or gives up one that could go on. Null when no thread of its own
 * process need not be asked.
 */
export function cancelIdleJob(catalogue: Catalogue, id: number, endedAt: string): Job | null {
  const job = changed(
    catalogue,
    `state = 'cancelled', owner = NULL, failure = NULL, ended_at = @endedAt`,
    `(state = 'queued' OR state = 'paused' AND owner IS NULL OR ${canGoOn})`,
    { id, endedAt },
  );
  if (job === null) return null;
  dropJournal(catalogue, id);
  return { ...job, progress: null };
}

/** @throws Failure `input.invalid` when there is no such job, or it has ended for good. */
export function limitJob(catalogue: Catalogue, id: number, limits: JobLimits): Job {
  const job = changed(catalogue, 'limits = @limits', `(ended_at IS NULL OR ${canGoOn})`, {
    id,
    limits: JSON.stringify(limits),
  });
  if (job !== null) return job;
  findJob(catalogue, id);
  throw new Failure('input.invalid', { problem: inEnglish('job {id} has ended', { id }) });
}

/** Whether somebody is to be told when the job ends. @throws Failure `input.invalid` when there is no such job, or it has ended. */
export function setNotify(catalogue: Catalogue, id: number, notify: boolean): Job {
  const job = changed(catalogue, 'notify = @notify', `(ended_at IS NULL OR ${canGoOn})`, {
    id,
    notify: notify ? 1 : 0,
  });
  if (job !== null) return job;
  findJob(catalogue, id);
  throw new Failure('input.invalid', { problem: inEnglish('job {id} has ended', { id }) });
}

/** Adds to what is told of how a job ran; the same thing once. */
export function noteOnJob(catalogue: Catalogue, id: number, note: JobNote): Job | null {
  return changed(
    catalogue,
    `notes = json_insert(notes, '$[#]', json(@note))`,
    `NOT EXISTS (SELECT 1 FROM json_each(notes) WHERE value = json(@note))`,
    { id, note: JSON.stringify(note) },
  );
}

/** Removes an ended job from the history; false when it has not ended. */
export function deleteEndedJob(catalogue: Catalogue, id: number): boolean {
  return catalogue.transaction(() => {
    const { group } = findJob(catalogue, id);
    const deleted =
      catalogue.run(`DELETE FROM jobs WHERE id = @id AND ended_at IS NOT NULL`, { id }).changes > 0;
    if (group !== null) dropEmptyGroup(catalogue, group.id);
    return deleted;
  });
}

/** The job after `assignments` when it fulfils `condition`, else null. */
function changed(
  catalogue: Catalogue,
  assignments: string,
  condition: string,
  values: { readonly id: number; readonly [name: string]: string | number | null },
): Job | null {
  const row = catalogue.get<JobRow>(
    `UPDATE jobs SET ${assignments} WHERE id = @id AND ${condition} RETURNING ${columns}`,
    values,
  );
  return row ? jobOf(row) : null;
}

/** Whether any job runs, or waits for its turn. */
export function jobsWait(catalogue: Catalogue): boolean {
  return catalogue.get("SELECT 1 FROM jobs WHERE state IN ('running', 'queued') LIMIT 1") !== undefined;
}

/** Every process that a job belongs to. */
export function listJobOwners(catalogue: Catalogue): string[] {
  return catalogue
    .all<{ owner: string }>('SELECT DISTINCT owner FROM jobs WHERE owner IS NOT NULL')
    .map((row) => row.owner);
}

/**
 * Gives the jobs of a process that has ended a fitting state: running ones are interrupted, paused ones rest on, queued ones
 * go to `heir`.
 */
export function settleJobsOf(
  catalogue: Catalogue,
  owner: string,
  heir: string,
  end: { readonly failure: FailureData; readonly endedAt: string },
): {
  readonly interrupted: readonly Job[];
  readonly rested: readonly Job[];
  readonly inherited: readonly Job[];
} {
  return catalogue.transaction(() => ({
    interrupted: catalogue
      .all<JobRow>(
        `UPDATE jobs SET state = 'interrupted', owner = NULL, failure = @failure, ended_at = @endedAt
         WHERE state = 'running' AND owner = @owner RETURNING ${columns}`,
        { owner, failure: JSON.stringify(end.failure), endedAt: end.endedAt },
      )
      .map(jobOf),
    rested: catalogue
      .all<JobRow>(
        `UPDATE jobs SET ${rests} WHERE state = 'paused' AND owner = @owner RETURNING ${columns}`,
        { owner },
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

function jobOf(row: JobRow): Job {
  const resumable = row.has_journal === 1 && (row.state === 'interrupted' || row.state === 'failed');
  return {
    id: row.id,
    title: messageOf(row.title),
    group: row.group_id === null ? null : { id: row.group_id, title: messageOf(row.group_title ?? '') },
    place: row.place,
    state: row.state,
    work: JSON.parse(row.work) as JobRequest,
    outcome: row.outcome === null ? null : (JSON.parse(row.outcome) as JobOutcome),
    failure: row.failure === null ? null : (JSON.parse(row.failure) as FailureData),
    progress:
      row.progress !== null && (row.ended_at === null || resumable)
        ? (JSON.parse(row.progress) as JobProgress)
        : null,
    limits: JSON.parse(row.limits) as JobLimits,
    notes: JSON.parse(row.notes) as JobNote[],
    resumable,
    notify: row.notify !== 0,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}
