/** The job queue: stored in the catalogue, started in order, run in worker threads, told to whoever watches. */
import type { Job, JobEvent, JobRequest } from '#shared/domain/job.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { Failure } from '#shared/failure.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import {
  cancelQueuedJob,
  deleteEndedJob,
  endJob,
  findJob,
  insertJob,
  listAbandonedPartialFiles,
  listJobs,
  listPartialFiles,
  takeNextJob,
} from '../catalogue/jobs.ts';
import type { Broadcast } from './broadcast.ts';
import { endAfter, type StopReason, type Ending } from './ending.ts';
import { createJobEvents } from './events.ts';
import { removePartialFiles } from './partial-files.ts';
import type { Thread, ThreadPool } from './pool.ts';
import { measure, type Measurement } from './progress.ts';
import { performOnRecord } from './record.ts';
import { settleAbandonedJobs, type Owner } from './recovery.ts';
import { JobSecrets, withoutSecrets } from './secrets.ts';
import { libraryChangeOf, modificationTime, titleOf, type LibraryChange, type Performed } from './work.ts';

export interface JobQueueOptions {
  readonly catalogue: Catalogue;
  readonly pool: ThreadPool;
  /** This process, as the owner of the jobs it runs. */
  readonly owner: Owner;
  /** Jobs that run at the same time. */
  readonly cores: number;
  /** Called after a job has added or changed an entry. */
  readonly libraryChanged: (entry: LibraryEntry) => void;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly sampleMilliseconds?: number;
  /** How long a job may take to heed that it was stopped before its thread is ended. */
  readonly patienceMilliseconds?: number;
}

interface Running {
  readonly job: Job;
  thread: Thread | null;
  measurement: Measurement | null;
  stopped: StopReason | null;
  patience: NodeJS.Timeout | null;
  ended: Promise<void>;
}

const defaultSampleMilliseconds = 200;
const defaultPatienceMilliseconds = 3000;

export class JobQueue {
  /** Every change of a job. */
  readonly events: Broadcast<JobEvent>;
  readonly #options: JobQueueOptions;
  readonly #now: () => number;
  readonly #running = new Map<number, Running>();
  readonly #secrets = new JobSecrets();
  #sampler: NodeJS.Timeout | null = null;
  #closing = false;

  constructor(options: JobQueueOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.events = createJobEvents(options.log);
  }

  /**
   * Settles what processes that have ended left: their running jobs are interrupted, their queued ones are taken over,
   * their partial files removed. Then starts what is queued.
   */
  async recover(): Promise<void> {
    this.#settleAbandoned();
    this.#startNext();
    const { catalogue, log } = this.#options;
    await removePartialFiles(catalogue, listAbandonedPartialFiles(catalogue), log);
  }

  /** Queues a job. */
  start(work: JobRequest): Job {
    if (this.#closing) throw new Failure('operation.interrupted', { reason: 'Platter is closing' });
    const { catalogue, owner } = this.#options;
    const job = insertJob(catalogue, {
      title: titleOf(work),
      work: withoutSecrets(work),
      owner: owner.id,
      createdAt: this.#time(),
    });
    this.#secrets.keep(job.id, work);
    this.events.publish({ kind: 'changed', job });
    this.#startNext();
    return this.#withProgress(findJob(catalogue, job.id));
  }

  /** All jobs, the newest first. */
  list(): Job[] {
    this.#settleAbandoned();
    this.#startNext();
    return listJobs(this.#options.catalogue).map((job) => this.#withProgress(job));
  }

  /** @throws Failure `input.invalid` when there is no such job. */
  get(id: number): Job {
    return this.#withProgress(findJob(this.#options.catalogue, id));
  }

  /**
   * Stops a queued or running job. An ended one stays as it is.
   * @throws Failure `input.invalid` when there is no such job, or another process runs it.
   */
  cancel(id: number): void {
    const running = this.#running.get(id);
    if (running) {
      this.#stop(running, 'by-user');
      return;
    }
    const cancelled = cancelQueuedJob(this.#options.catalogue, id, this.#time());
    if (cancelled) {
      this.#secrets.forget(id);
      this.events.publish({ kind: 'changed', job: cancelled });
      return;
    }
    this.#settleAbandoned();
    if (findJob(this.#options.catalogue, id).state === 'running') {
      throw new Failure('input.invalid', {
        problem: `job ${id} is run by another Platter, which can stop it`,
      });
    }
  }

  /**
   * Queues the work of an ended job again.
   * @throws Failure `input.invalid` when there is no such job, or it has not ended.
   */
  retry(id: number): Job {
    const { state, work } = this.get(id);
    if (state === 'queued' || state === 'running') {
      throw new Failure('input.invalid', { problem: `job ${id} has not ended` });
    }
    return this.start(work);
  }

  /**
   * Removes an ended job from the history.
   * @throws Failure `input.invalid` when there is no such job, or it has not ended.
   */
  forget(id: number): void {
    findJob(this.#options.catalogue, id);
    if (!deleteEndedJob(this.#options.catalogue, id)) {
      throw new Failure('input.invalid', { problem: `job ${id} has not ended` });
    }
    this.events.publish({ kind: 'forgotten', id });
  }

  /** The jobs that run in this process, with their progress. */
  get running(): readonly Job[] {
    return [...this.#running.values()].map(({ job }) => this.#withProgress(job));
  }

  /** Stops the running jobs, which become interrupted; queued ones wait for the next start. */
  async close(): Promise<void> {
    this.#closing = true;
    const running = [...this.#running.values()];
    for (const job of running) this.#stop(job, 'by-closing');
    // A thread that hangs in the system (a dead network drive) cannot be ended: the next start settles its job.
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 2 * this.#patience);
    });
    await Promise.race([Promise.all(running.map((job) => job.ended)), deadline]);
    clearTimeout(timer);
  }

  #settleAbandoned(): void {
    const { catalogue, owner } = this.#options;
    for (const job of settleAbandonedJobs(catalogue, owner, this.#time())) {
      this.events.publish({ kind: 'changed', job });
    }
  }

  #startNext(): void {
    const { catalogue, owner, cores } = this.#options;
    while (!this.#closing && this.#running.size < cores) {
      const job = takeNextJob(catalogue, owner.id, this.#time());
      if (!job) return;
      const running: Running = {
        job,
        thread: null,
        measurement: null,
        stopped: null,
        patience: null,
        ended: Promise.resolve(),
      };
      this.#running.set(job.id, running);
      this.events.publish({ kind: 'changed', job });
      this.#sampler ??= setInterval(
        () => this.#sample(),
        this.#options.sampleMilliseconds ?? defaultSampleMilliseconds,
      );
      running.ended = this.#run(running);
    }
  }

  /** Runs a job to its end. It never rejects: what goes wrong becomes the job's failure, or a line in the log. */
  async #run(running: Running): Promise<void> {
    const { catalogue, pool, log } = this.#options;
    const { job } = running;
    let ending: Ending;
    let change: LibraryChange = () => [];
    try {
      const hashedAtStart = job.work.kind === 'hash' ? await modificationTime(job.work.request.path) : null;
      const performed = await this.#perform(running);
      change = await libraryChangeOf(job.work, performed, hashedAtStart);
      ending = { state: 'done', outcome: performed.outcome, failure: null };
    } catch (error) {
      ending = endAfter(Failure.from(error), running.stopped);
    }
    if (running.patience) clearTimeout(running.patience);
    if (running.thread) pool.release(running.thread);
    // From here on the thread may be another job's: stopping this one must not reach it.
    running.thread = null;
    try {
      await removePartialFiles(catalogue, listPartialFiles(catalogue, job.id), log);
      this.#running.delete(job.id);
      this.#end(job, ending, change);
    } catch (error) {
      this.#running.delete(job.id);
      this.#endAfterRefusal(job, error);
    }
    if (this.#running.size === 0 && this.#sampler) {
      clearInterval(this.#sampler);
      this.#sampler = null;
    }
    try {
      this.#startNext();
    } catch (error) {
      log(`the next job could not be started: ${String(error)}`);
    }
  }

  async #perform(running: Running): Promise<Performed> {
    if (running.stopped) throw new Failure('operation.cancelled', {});
    running.thread = this.#options.pool.acquire();
    const { job, thread } = running;
    const work = this.#secrets.complete(job);
    return performOnRecord(thread, { ...job, work }, this.#options.catalogue, this.#options.log);
  }

  /** Ends the job and changes the library in one transaction: never one without the other. */
  #end({ id }: Job, ending: Ending, change: LibraryChange): void {
    const { catalogue, owner, libraryChanged } = this.#options;
    this.#secrets.forget(id);
    const endedAt = this.#time();
    const { job, entries } = catalogue.durably(() => ({
      job: endJob(catalogue, id, owner.id, { ...ending, endedAt }),
      entries: change(catalogue, endedAt),
    }));
    for (const entry of entries) libraryChanged(entry);
    if (job) this.events.publish({ kind: 'changed', job });
  }

  /** What it made could not be stored, so the job has failed; when not even that can be, at least the watchers know. */
  #endAfterRefusal(job: Job, error: unknown): void {
    const { log } = this.#options;
    log(`the end of job ${job.id} could not be stored: ${String(error)}`);
    const failure = Failure.from(error).toData();
    try {
      this.#end(job, { state: 'failed', outcome: null, failure }, () => []);
    } catch (again) {
      log(`job ${job.id} stays on record as running: ${String(again)}`);
      const ended: Job = { ...job, state: 'failed', failure, endedAt: this.#time() };
      this.events.publish({ kind: 'changed', job: ended });
    }
  }

  #stop(running: Running, why: StopReason): void {
    running.stopped ??= why;
    const { thread } = running;
    if (!thread) return;
    thread.cancel();
    running.patience ??= setTimeout(() => void thread.terminate(), this.#patience);
  }

  #sample(): void {
    for (const running of this.#running.values()) {
      const reading = running.thread?.progress;
      if (!reading) continue;
      const before = running.measurement;
      running.measurement = measure(before, reading, this.#now());
      const { progress } = running.measurement;
      if (before && JSON.stringify(before.progress) === JSON.stringify(progress)) continue;
      this.events.publish({ kind: 'progressed', id: running.job.id, progress });
    }
  }

  #withProgress(job: Job): Job {
    const measurement = this.#running.get(job.id)?.measurement;
    return job.state === 'running' && measurement ? { ...job, progress: measurement.progress } : job;
  }

  get #patience(): number {
    return this.#options.patienceMilliseconds ?? defaultPatienceMilliseconds;
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}
