/** What a long operation gets from whoever runs it: cancelling, progress, and how many threads it may use. */
import type { JobPhase } from '#shared/domain/job.ts';

export interface Control {
  /** @throws Failure `operation.cancelled` once the user has stopped the operation. Call it in every loop that reads. */
  throwIfCancelled(): void;
  /** Begins a phase whose work is `totalBytes`; the counter starts at 0 again. `item` names the file or disk. */
  begin(phase: JobPhase, totalBytes: number, item?: string): void;
  /** Adds to the bytes done of the current phase. */
  advance(bytes: number): void;
  /** Tells the owner of a file that must go if the process dies, and that it is final or gone. */
  partialCreated(path: string): void;
  partialGone(path: string): void;
  /** Compute threads that the operation may start. 0: compute in the calling thread. */
  readonly workers: number;
  /** The script that a compute thread runs. */
  readonly computerEntry: string;
}
