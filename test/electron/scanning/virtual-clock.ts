/** A clock that a test moves. */
import { setImmediate as macrotask } from 'node:timers/promises';
import type { Clock } from '../../../electron/scanning/clock.ts';

export class VirtualClock implements Clock {
  #now: number;
  readonly #waiting = new Map<object, { readonly at: number; readonly run: () => void }>();

  /** `now`: milliseconds since 1970. */
  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, run: () => void): () => void {
    const key = {};
    this.#waiting.set(key, { at: this.#now + milliseconds, run });
    return () => this.#waiting.delete(key);
  }

  /** How many wait for a moment. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Lets time pass; what is due runs in its order, and what it begins gets the time to go on. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#waiting].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [key, { at, run }] = due;
      this.#waiting.delete(key);
      this.#now = Math.max(this.#now, at);
      run();
      await breathe();
    }
    this.#now = end;
  }
}

/** Lets promises go on as far as they can without waiting for anything outside. */
export async function breathe(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await macrotask();
}
