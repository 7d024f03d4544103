/** What a long operation gets from whoever runs it: stopping, pausing, progress, a journal, and what it may use. */
import type { JobNote, JobPhase } from '#shared/domain/job.ts';

export interface Control {
  /**
   * Sleeps while the operation is paused. Call it in every loop that reads.
   * @throws Failure `operation.cancelled` once the user has stopped the operation, `operation.interrupted` when it is put off.
   */
  throwIfCancelled(): void;
  /** What is to be done before throwIfCancelled() sleeps or puts the operation off: to record what is durable. */
  beforeHalting(work: (() => void) | null): void;
  /**
   * Begins a phase whose work is `totalBytes`; the counter starts again, at what an earlier run has done of it. `item` names
   * the file or disk.
   */
  begin(phase: JobPhase, totalBytes: number, item?: string, doneBytes?: number): void;
  /** Says how much work there is in all phases that will be begun from now on, as far as it is known. */
  expect(laterBytes: number): void;
  /** Adds to the bytes done of the current phase, and rests where the operation is held to a speed. */
  advance(bytes: number): void;
  /** Tells the owner of a file that must go if the process dies, and that it is final or gone. */
  partialCreated(path: string): void;
  partialGone(path: string): void;
  /** Tells what a person may want to know of how it ran. */
  note(note: JobNote): void;
  /** Where what is durable is put on record; null: nowhere, an operation that ends early leaves nothing behind. */
  readonly journal: Journal | null;
  /** Compute threads that the operation may start. 0: compute in the calling thread. */
  readonly workers: number;
  /** Compute threads yield to everything else on the machine. */
  readonly lowPriority: boolean;
  /** The script that a compute thread runs. */
  readonly computerEntry: string;
}

/** The journal of one job, across all its runs. */
export interface Journal {
  /** What earlier runs put on record, the oldest first. */
  readonly records: readonly Uint8Array[];
  append(record: Uint8Array): void;
  /** Nothing that was recorded holds any more; returns when that is on record. */
  clear(): void;
}
