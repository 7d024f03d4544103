/** The job queue: what can be asked of jobs, stored in the catalogue and told to whoever watches. */
import {
  goesOn,
  unlimited,
  type Job,
  type JobEvent,
  type JobLimits,
  type JobRequest,
} from '#shared/domain/job.ts';
import type { CloudObject } from '#shared/domain/cloud-image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { idsOfGroup, insertGroup, moveJob } from '../catalogue/job-groups.ts';
import { saveProgress } from '../catalogue/job-journals.ts';
import { titleOf } from '../catalogue/job-titles.ts';
import {
  cancelIdleJob,
  deleteEndedJob,
  findJob,
  holdJob,
  insertJob,
  jobsWait,
  limitJob,
  listJobs,
  pauseJob,
  queueAgain,
  setNotify,
} from '../catalogue/jobs.ts';
import { listAbandonedPartialFiles, listPartialFiles } from '../catalogue/partial-files.ts';
import type { Broadcast } from './broadcast.ts';
import { createJobEvents } from './events.ts';
import { JobRunner, type JobRunnerOptions } from './job-runner.ts';
import { removePartialFiles } from './partial-files.ts';
import { settleAbandonedJobs } from './recovery.ts';
import { JobSecrets, withoutSecrets, type PermissionStore } from './secrets.ts';

export interface JobQueueOptions extends JobRunnerOptions {
  /** Opens where secrets outlive a run. */
  readonly openSecrets: () => PermissionStore;
  /** What a new job may take; everything unless said otherwise. */
  readonly limits?: () => JobLimits;
}

export class JobQueue {
  /** Every change of a job. */
  readonly events: Broadcast<JobEvent>;
  readonly #options: JobQueueOptions;
  readonly #now: () => number;
  readonly #secrets: JobSecrets;
  readonly #runner: JobRunner;
  readonly #removals = new Set<Promise<void>>();

  constructor(options: JobQueueOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#secrets = new JobSecrets(options.openSecrets);
    this.events = createJobEvents(options.log);
    this.#runner = new JobRunner(options, this.events, this.#secrets);
  }

  /**
   * Settles what processes that have ended left: their running jobs are interrupted, their queued ones are taken over, the
   * partial files of those that cannot go on removed. Then starts what is queued.
   */
  async recover(): Promise<void> {
    this.#takeOver();
    const { catalogue, log } = this.#options;
    await removePartialFiles(catalogue, listAbandonedPartialFiles(catalogue), log);
  }

  /** Queues a job, on its own or in a group that is there. */
  start(work: JobRequest, groupId: number | null = null): Job {
    if (this.#runner.closing) throw closing();
    const job = this.#insert(work, groupId);
    this.events.publish({ kind: 'changed', job });
    this.#runner.startNext();
    return this.get(job.id);
  }

  /** Queues jobs that belong together: all of them, or none. */
  startGroup(title: Message, works: readonly JobRequest[]): Job[] {
    if (this.#runner.closing) throw closing();
    const { catalogue } = this.#options;
    const jobs = catalogue.transaction(() => {
      const groupId = insertGroup(catalogue, title);
      return works.map((work) => this.#insert(work, groupId));
    });
    for (const job of jobs) this.events.publish({ kind: 'changed', job });
    this.#runner.startNext();
    return jobs.map(({ id }) => this.get(id));
  }

  #insert(work: JobRequest, groupId: number | null): Job {
    const { catalogue, owner, limits } = this.#options;
    const job = insertJob(catalogue, {
      title: titleOf(work),
      work: withoutSecrets(work),
      limits: limits?.() ?? unlimited,
      owner: owner.id,
      createdAt: this.#time(),
      groupId,
    });
    this.#secrets.keep(job.id, work);
    return job;
  }

  /** Whether any job runs, or waits for its turn, in a process that lives. */
  get underWay(): boolean {
    this.#takeOver();
    return jobsWait(this.#options.catalogue);
  }

  /** All jobs, the newest first. */
  list(): Job[] {
    this.#takeOver();
    return listJobs(this.#options.catalogue).map((job) => this.#runner.withProgress(job));
  }

  /** @throws Failure `input.invalid` when there is no such job. */
  get(id: number): Job {
    return this.#runner.withProgress(findJob(this.#options.catalogue, id));
  }

  /**
   * Stops a job that has not ended, or gives up one that could go on. Another one stays as it is.
   * @throws Failure `input.invalid` when there is no such job, or another process runs it.
   */
  cancel(id: number): void {
    const held = this.#runner.get(id);
    if (held) {
      held.stop('by-user');
      return;
    }
    const cancelled = cancelIdleJob(this.#options.catalogue, id, this.#time());
    if (cancelled) {
      this.#runner.forgetSecrets(cancelled);
      this.#removeLeft(id);
      this.events.publish({ kind: 'changed', job: cancelled });
      return;
    }
    this.#settleAbandoned();
    const { state } = findJob(this.#options.catalogue, id);
    if (state === 'running' || state === 'paused') throw runElsewhere(id);
  }

  /**
   * Lets a job rest that runs or waits; the next one gets its place. One that rests already stays as it is.
   * @throws Failure `input.invalid` when there is no such job, it does not run, or another process runs it.
   */
  pause(id: number): void {
    const { catalogue, owner } = this.#options;
    const held = this.#runner.get(id);
    const waiting = holdJob(catalogue, id, owner.id, held !== undefined);
    if (waiting !== null) this.events.publish({ kind: 'changed', job: this.#runner.withProgress(waiting) });
    if (waiting !== null || held?.paused === true) return;
    const job = pauseJob(catalogue, id, owner.id);
    if (held === undefined || job === null) {
      const { state } = findJob(catalogue, id);
      throw state === 'running' ? runElsewhere(id) : invalid(inEnglish('job {id} does not run', { id }));
    }
    saveProgress(catalogue, id, held.progress);
    held.pause();
    this.events.publish({ kind: 'changed', job: this.#runner.withProgress(job) });
    this.#runner.startNext();
  }

  /**
   * Queues a job that rests, or that has ended before it was done and can go on: it is the same job, and goes on.
   * @throws Failure `input.invalid` when there is no such job, it can not, or another process holds it.
   */
  resume(id: number): void {
    if (this.#runner.closing) throw closing();
    this.#settleAbandoned();
    const job = queueAgain(this.#options.catalogue, id, this.#options.owner.id);
    if (job === null) {
      const { state } = findJob(this.#options.catalogue, id);
      if (state === 'queued' || state === 'running') return;
      throw state === 'paused'
        ? runElsewhere(id)
        : invalid(inEnglish('job {id} cannot go on; it can be started again', { id }));
    }
    this.events.publish({ kind: 'changed', job: this.#runner.withProgress(job) });
    this.#runner.startNext();
  }

  /**
   * Changes what a job may take. The speed of a running one changes at once; for the rest it is put off, and goes on.
   * @throws Failure `input.invalid` when there is no such job, it has ended, another process holds it, or its work would
   * have to begin again for that.
   */
  limit(id: number, limits: JobLimits): void {
    const { catalogue } = this.#options;
    const held = this.#runner.get(id);
    const { state, work } = findJob(catalogue, id);
    if (held === undefined && state === 'running') throw runElsewhere(id);
    const { workers, lowPriority } = held?.limits ?? limits;
    const restarts = workers !== limits.workers || lowPriority !== limits.lowPriority;
    if (restarts && !goesOn(work)) {
      throw invalid(
        inEnglish('such a job takes another number of threads, or another priority, only before it begins'),
      );
    }
    const job = limitJob(catalogue, id, limits);
    held?.limitSpeed(limits.bytesPerSecond);
    if (restarts) held?.stop('to-restart');
    this.events.publish({ kind: 'changed', job: this.#runner.withProgress(job) });
  }

  /** Whether somebody is to be told when the job ends. @throws Failure `input.invalid` when it has ended. */
  notify(id: number, notify: boolean): void {
    const job = setNotify(this.#options.catalogue, id, notify);
    this.events.publish({ kind: 'changed', job: this.#runner.withProgress(job) });
  }

  /**
   * Pauses, resumes or cancels all jobs of a group with which that can be done now; the others stay as they are.
   * @throws Failure of the first that another process holds, after all others.
   */
  askGroup(groupId: number, what: 'pause' | 'resume' | 'cancel'): void {
    const { catalogue } = this.#options;
    let failure: unknown = null;
    // Stopped from the last to the first: else each place that becomes free is given to the next job of the group.
    const ids = idsOfGroup(catalogue, groupId);
    for (const id of what === 'resume' ? ids : ids.reverse()) {
      const { state, endedAt, resumable } = findJob(catalogue, id);
      const fits = {
        pause: state === 'running' || state === 'queued',
        resume: state === 'paused' || resumable,
        cancel: endedAt === null || resumable,
      }[what];
      if (!fits) continue;
      try {
        this[what](id);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== null) throw failure as Error;
  }

  /** Moves a job that waits in front of another one, or to the end; one that does not wait stays where it is. */
  move(id: number, beforeId: number | null): void {
    const { catalogue } = this.#options;
    findJob(catalogue, id);
    for (const moved of moveJob(catalogue, id, beforeId)) {
      this.events.publish({ kind: 'changed', job: this.get(moved) });
    }
  }

  /**
   * Queues the work of an ended job again.
   * @throws Failure `input.invalid` when there is no such job, or it has not ended.
   */
  retry(id: number): Job {
    const { endedAt, work, group } = this.get(id);
    if (endedAt === null) throw invalid(inEnglish('job {id} has not ended', { id }));
    return this.start(work, group?.id ?? null);
  }

  /**
   * Removes an ended job from the history, with what is left of it.
   * @throws Failure `input.invalid` when there is no such job, or it has not ended.
   */
  forget(id: number): void {
    const { catalogue } = this.#options;
    if (findJob(catalogue, id).resumable) this.cancel(id);
    if (!deleteEndedJob(catalogue, id)) throw invalid(inEnglish('job {id} has not ended', { id }));
    this.events.publish({ kind: 'forgotten', id });
  }

  /**
   * What an upload that could go on kept to write to `object`, which nobody goes on with any more; null for nothing.
   * @throws Failure `io.*`.
   */
  takePermission(object: CloudObject): string | null {
    const uploads = listJobs(this.#options.catalogue).filter(
      ({ resumable, work }) => resumable && work.kind === 'upload' && work.request.account === object.account,
    );
    return this.#secrets.takePermission(uploads, object);
  }

  /** Puts the running jobs off, which become interrupted; paused ones rest on, queued ones wait for the next start. */
  async close(): Promise<void> {
    await this.#runner.close(Promise.all(this.#removals));
  }

  #takeOver(): void {
    this.#settleAbandoned();
    this.#runner.startNext();
  }

  #settleAbandoned(): void {
    const { catalogue, owner } = this.#options;
    for (const job of settleAbandonedJobs(catalogue, owner, this.#time())) {
      this.events.publish({ kind: 'changed', job });
    }
  }

  /** Removes what a job left that was given up. */
  #removeLeft(id: number): void {
    const { catalogue, log } = this.#options;
    const removal = removePartialFiles(catalogue, listPartialFiles(catalogue, id), log);
    this.#removals.add(removal);
    void removal.finally(() => this.#removals.delete(removal));
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}

function runElsewhere(id: number): Failure<'input.invalid'> {
  return invalid(inEnglish('job {id} is run by another Platter, which can stop it', { id }));
}

function closing(): Failure<'operation.interrupted'> {
  return new Failure('operation.interrupted', { reason: inEnglish('Platter is closing') });
}
