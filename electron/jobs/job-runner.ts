/** Runs the queue's jobs in worker threads, in their order, and stores how each ended. */
import type { Job, JobEvent } from '#shared/domain/job.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import { hasJournal } from '../catalogue/job-journals.ts';
import { endJob, letGo, putBack, takeNextJob } from '../catalogue/jobs.ts';
import { listPartialFiles } from '../catalogue/partial-files.ts';
import type { Broadcast } from './broadcast.ts';
import { endAfter, type Ending } from './ending.ts';
import { removePartialFiles } from './partial-files.ts';
import type { ThreadPool } from './pool.ts';
import { performOnRecord } from './record.ts';
import type { Owner } from './recovery.ts';
import { RunningJob } from './running-job.ts';
import type { JobSecrets } from './secrets.ts';
import {
  libraryChangeOf,
  modificationTime,
  type AccessTo,
  type LibraryChange,
  type Performed,
} from './work.ts';

export interface JobRunnerOptions {
  readonly catalogue: Catalogue;
  readonly pool: ThreadPool;
  /** This process, as the owner of the jobs it runs. */
  readonly owner: Owner;
  /** Jobs that run at the same time. */
  readonly cores: number;
  /** Called after a job has added or changed an entry. */
  readonly libraryChanged: (entry: LibraryEntry) => void;
  /** How jobs come by what opens a cloud to them. */
  readonly accessTo: AccessTo;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly sampleMilliseconds?: number;
  /** How long a job may take to heed that it was stopped before its thread is ended. */
  readonly patienceMilliseconds?: number;
}

const defaultSampleMilliseconds = 200;
const defaultPatienceMilliseconds = 3000;

export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #events: Broadcast<JobEvent>;
  readonly #secrets: JobSecrets;
  readonly #now: () => number;
  /** The jobs that a thread of this process works or sleeps on. */
  readonly #held = new Map<number, RunningJob>();
  #sampler: NodeJS.Timeout | null = null;
  #closing = false;

  constructor(options: JobRunnerOptions, events: Broadcast<JobEvent>, secrets: JobSecrets) {
    this.#options = options;
    this.#events = events;
    this.#secrets = secrets;
    this.#now = options.now ?? Date.now;
  }

  get closing(): boolean {
    return this.#closing;
  }

  get(id: number): RunningJob | undefined {
    return this.#held.get(id);
  }

  /** Those that take a place. */
  get atWork(): RunningJob[] {
    return [...this.#held.values()].filter(({ paused }) => !paused);
  }

  /** Starts what is queued while there are places, and wakes what slept and was queued again. */
  startNext(): void {
    const { catalogue, owner, cores } = this.#options;
    while (!this.#closing && this.atWork.length < cores) {
      const job = takeNextJob(catalogue, owner.id, this.#time());
      if (!job) return;
      this.#sampler ??= setInterval(
        () => this.#sample(),
        this.#options.sampleMilliseconds ?? defaultSampleMilliseconds,
      );
      const sleeping = this.#held.get(job.id);
      if (sleeping) {
        sleeping.wake(this.#now());
        this.#events.publish({ kind: 'changed', job: this.withProgress(job) });
        continue;
      }
      const running = new RunningJob(job, this.#patience);
      this.#held.set(job.id, running);
      this.#events.publish({ kind: 'changed', job });
      running.ended = this.#run(running);
    }
  }

  /** Runs a job until it ends, or is put off. It never rejects: what goes wrong becomes its failure, or a line in the log. */
  async #run(running: RunningJob): Promise<void> {
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
      const failure = Failure.from(error);
      if (failure.code === 'internal')
        log(
          `job ${job.id}, ${job.work.kind}: ${String(failure.cause instanceof Error ? failure.cause : failure)}`,
        );
      ending = endAfter(failure, running.stopped);
    }
    const thread = running.finish();
    if (thread) pool.release(thread);
    try {
      const goesOnLater = ending.state === 'interrupted' || ending.state === 'failed';
      if (!(goesOnLater && hasJournal(catalogue, job.id))) {
        await removePartialFiles(catalogue, listPartialFiles(catalogue, job.id), log);
      }
      this.#held.delete(job.id);
      if (!this.#putOff(running, ending)) this.#end(job, ending, change);
    } catch (error) {
      this.#held.delete(job.id);
      this.#endAfterRefusal(job, error);
    }
    if (this.atWork.length === 0 && this.#sampler) {
      clearInterval(this.#sampler);
      this.#sampler = null;
    }
    try {
      this.startNext();
    } catch (error) {
      log(`the next job could not be started: ${String(error)}`);
    }
  }

  async #perform(running: RunningJob): Promise<Performed> {
    if (running.stopped) throw new Failure('operation.interrupted', { reason: inEnglish('it was stopped') });
    const { job } = running;
    const thread = this.#options.pool.acquire();
    running.begin(thread);
    const { catalogue, owner, accessTo, log } = this.#options;
    return performOnRecord(
      thread,
      { ...job, work: this.#secrets.complete(job) },
      {
        catalogue,
        owner: owner.id,
        accessTo,
        log,
        permission: () => this.#secrets.permissionOf(job.id),
        keepPermission: (permission) => this.#secrets.keepPermission(job.id, permission),
        progress: () => running.progress,
        changed: (noted) => this.#events.publish({ kind: 'changed', job: this.withProgress(noted) }),
      },
    );
  }

  /** A job that was stopped only for a while does not end: whether that is so. */
  #putOff({ job: { id }, paused, stopped }: RunningJob, { state }: Ending): boolean {
    if (state !== 'interrupted' || stopped === null) return false;
    const { catalogue, owner } = this.#options;
    if (!paused && stopped === 'by-closing') return false;
    // One that was paused and resumed, and waits for a place, needs nothing: it will begin with what is on record.
    const job = paused ? letGo(catalogue, id, owner.id) : putBack(catalogue, id, owner.id);
    if (job) this.#events.publish({ kind: 'changed', job });
    return true;
  }

  /** Ends the job and changes the library in one transaction: never one without the other. */
  #end(begun: Job, ending: Ending, change: LibraryChange): void {
    const { id } = begun;
    const { catalogue, owner, libraryChanged } = this.#options;
    const endedAt = this.#time();
    const { job, entries } = catalogue.durably(() => ({
      job: endJob(catalogue, id, owner.id, { ...ending, endedAt }),
      entries: change(catalogue, endedAt),
    }));
    for (const entry of entries) libraryChanged(entry);
    if (job?.resumable !== true) this.forgetSecrets(begun);
    if (job) this.#events.publish({ kind: 'changed', job });
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
      this.#events.publish({ kind: 'changed', job: ended });
    }
  }

  /** A keychain that cannot be written to changes nothing of what became of the job. */
  forgetSecrets(job: Job): void {
    try {
      this.#secrets.forget(job);
    } catch (error) {
      this.#options.log(`the secrets of job ${job.id} could not be removed: ${String(error)}`);
    }
  }

  #sample(): void {
    for (const [id, running] of this.#held) {
      const progress = running.sample(this.#now());
      if (progress) this.#events.publish({ kind: 'progressed', id, progress });
    }
  }

  /** The job as it is stored, with how far it is at this moment. */
  withProgress(job: Job): Job {
    const progress = this.#held.get(job.id)?.progress;
    return progress && job.endedAt === null ? { ...job, progress } : job;
  }

  /** Stops all jobs for a while, and waits until that, and `others`, are over. */
  async close(others: Promise<unknown>): Promise<void> {
    this.#closing = true;
    const held = [...this.#held.values()];
    for (const job of held) job.stop('by-closing');
    // A thread that hangs in the system (a dead network drive) cannot be ended: the next start settles its job.
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 2 * this.#patience);
    });
    await Promise.race([Promise.all([...held.map((job) => job.ended), others]), deadline]);
    clearTimeout(timer);
  }

  get #patience(): number {
    return this.#options.patienceMilliseconds ?? defaultPatienceMilliseconds;
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}
