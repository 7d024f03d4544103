/** A job that a thread of this process works on, or sleeps on while the job is paused. */
import type { Job, JobLimits, JobProgress } from '#shared/domain/job.ts';
import type { StopReason } from './ending.ts';
import type { Thread } from './pool.ts';
import { afterRest, measure, type Measurement } from './progress.ts';

/** Bringing to the disk what was written takes its time, and is worth it when nobody waits for the end. */
const restartPatienceFactor = 5;

export class RunningJob {
  readonly job: Job;
  /** Resolves when all of it is over: its end is stored, or it rests. */
  ended: Promise<void> = Promise.resolve();
  readonly #patienceMilliseconds: number;
  #thread: Thread | null = null;
  #measurement: Measurement | null = null;
  #stopped: StopReason | null = null;
  #patience: NodeJS.Timeout | null = null;
  #paused = false;

  /** `patienceMilliseconds`: how long it may take to heed that it was stopped before its thread is ended. */
  constructor(job: Job, patienceMilliseconds: number) {
    this.job = job;
    this.#patienceMilliseconds = patienceMilliseconds;
  }

  /** Whether it sleeps, and takes no place in the queue. */
  get paused(): boolean {
    return this.#paused;
  }

  get stopped(): StopReason | null {
    return this.#stopped;
  }

  get progress(): JobProgress | null {
    return this.#measurement?.progress ?? null;
  }

  /** What its thread works with; a thread that has begun keeps all but the speed. */
  get limits(): JobLimits {
    return this.job.limits;
  }

  begin(thread: Thread): void {
    this.#thread = thread;
  }

  /** Its thread may be another job's from now on: stopping this one must not reach it. */
  finish(): Thread | null {
    if (this.#patience) clearTimeout(this.#patience);
    const thread = this.#thread;
    this.#thread = null;
    return thread;
  }

  pause(): void {
    this.#paused = true;
    // What was stopped for a while rests soon enough, and must not forget that it was.
    if (this.#stopped === null) this.#thread?.pause();
  }

  /** Goes on after pause(). */
  wake(atMilliseconds: number): void {
    this.#paused = false;
    if (this.#measurement) this.#measurement = afterRest(this.#measurement, atMilliseconds);
    if (this.#stopped === null) this.#thread?.resume();
  }

  limitSpeed(bytesPerSecond: number | null): void {
    this.#thread?.limitSpeed(bytesPerSecond);
  }

  /** Stops it for good, or has it put off: then what it wrote is kept where it can go on. */
  stop(why: StopReason): void {
    // Who does not want it any more has the last word.
    if (this.#stopped === null || why === 'by-user') this.#stopped = why;
    const thread = this.#thread;
    if (thread === null) return;
    if (why === 'by-user') thread.cancel();
    else thread.suspend();
    const patience = this.#patienceMilliseconds * (why === 'to-restart' ? restartPatienceFactor : 1);
    if (this.#patience && why !== 'to-restart') clearTimeout(this.#patience);
    this.#patience = setTimeout(() => void thread.terminate(), patience);
  }

  /** Looks at the thread's counter; the progress when it is another than before. */
  sample(atMilliseconds: number): JobProgress | null {
    const reading = this.#paused ? null : this.#thread?.progress;
    if (!reading) return null;
    const before = this.#measurement;
    this.#measurement = measure(before, reading, atMilliseconds);
    const { progress } = this.#measurement;
    return before && JSON.stringify(before.progress) === JSON.stringify(progress) ? null : progress;
  }
}
