/** Holds an operation to so many bytes a second, evenly: work that was done too fast is waited for afterwards. */
import { performance } from 'node:perf_hooks';

/** What was not used of the last moment may be caught up: a thread that slept a little too long loses nothing. */
const burstMilliseconds = 250;

export class SpeedLimit {
  readonly #now: () => number;
  /** When the work done so far would have been done at exactly the speed allowed. */
  #dueAt = Number.NEGATIVE_INFINITY;
  #bytesPerSecond: number | null = null;

  /** `now` in milliseconds from any fixed moment. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Says that `bytes` were done, and answers for how many milliseconds to rest. `bytesPerSecond` null: not at all. */
  take(bytes: number, bytesPerSecond: number | null): number {
    const now = this.#now();
    if (bytesPerSecond === null) {
      this.#dueAt = now;
      return 0;
    }
    if (this.#bytesPerSecond !== bytesPerSecond) {
      // What is owed was counted in another speed's time: it is owed no longer.
      this.#dueAt = Math.min(this.#dueAt, now);
      this.#bytesPerSecond = bytesPerSecond;
    }
    this.#dueAt = Math.max(this.#dueAt, now - burstMilliseconds) + (bytes / bytesPerSecond) * 1000;
    return Math.max(0, this.#dueAt - now);
  }
}
