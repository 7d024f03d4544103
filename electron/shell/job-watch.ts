/** Makes of the queue's events what a desktop shows: one bar for all jobs, and the jobs that ended. */
import { wholeOf, type Job, type JobEvent, type JobGroup, type JobProgress } from '#shared/domain/job.ts';

/** A share between 0 and 1 when it is known. */
export type OverallProgress =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'share'; readonly share: number };

export interface JobListeners {
  progressed(progress: OverallProgress): void;
  /** A job that ran here has ended by itself: done or failed, after so many milliseconds. */
  ended(job: Job, durationMilliseconds: number): void;
  /** No job runs any more. */
  idle(): void;
}

export class JobWatch {
  readonly #listeners: JobListeners;
  readonly #running = new Map<number, JobProgress | null>();
  /** By group: its jobs that have not ended. */
  readonly #open = new Map<number, Set<number>>();

  constructor(listeners: JobListeners) {
    this.#listeners = listeners;
  }

  /** How many jobs run now. */
  get runningCount(): number {
    return this.#running.size;
  }

  receive(event: JobEvent): void {
    if (event.kind === 'progressed') {
      if (this.#running.has(event.id)) this.#running.set(event.id, event.progress);
    } else if (event.kind === 'changed') {
      this.#change(event.job);
    } else {
      this.#running.delete(event.id);
    }
    this.#listeners.progressed(overall([...this.#running.values()]));
  }

  #change(job: Job): void {
    if (job.group !== null) this.#changeGroup(job, job.group);
    if (job.state === 'running') {
      this.#running.set(job.id, job.progress);
      return;
    }
    if (!this.#running.delete(job.id)) return;
    const ended = job.state === 'done' || job.state === 'failed';
    if (ended && (job.group === null || job.notify)) this.#listeners.ended(job, durationOf(job));
    if (this.#running.size === 0) this.#listeners.idle();
  }

  /** A group ends with the last of its jobs, and is told of once. */
  #changeGroup(job: Job, { id, title }: JobGroup): void {
    const open = this.#open.get(id) ?? new Set();
    this.#open.set(id, open);
    if (job.endedAt === null) open.add(job.id);
    else if (open.delete(job.id) && open.size === 0) {
      this.#open.delete(id);
      const ofGroup = { ...job, title, failure: null };
      if (job.state !== 'cancelled')
        this.#listeners.ended(ofGroup, durationOf({ ...job, startedAt: job.createdAt }));
    }
  }
}

/** The jobs weigh by their bytes; a phase that has not said how much there is makes the whole unknown. */
function overall(all: readonly (JobProgress | null)[]): OverallProgress {
  if (all.length === 0) return { kind: 'none' };
  let doneBytes = 0;
  let totalBytes = 0;
  for (const progress of all) {
    const whole = progress === null ? null : wholeOf(progress);
    if (whole === null || whole.totalBytes === 0) return { kind: 'unknown' };
    doneBytes += whole.doneBytes;
    totalBytes += whole.totalBytes;
  }
  return { kind: 'share', share: doneBytes / totalBytes };
}

function durationOf({ startedAt, endedAt }: Job): number {
  return startedAt === null || endedAt === null ? 0 : Date.parse(endedAt) - Date.parse(startedAt);
}
