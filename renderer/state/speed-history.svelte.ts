/** How fast jobs were over the last minutes: for a small plot. */
import { SvelteMap } from 'svelte/reactivity';

/** One a second, as far back as the plot shows. */
const sampleMilliseconds = 1000;
const mostSamples = 120;

export class SpeedHistory {
  readonly #samples = new SvelteMap<number, readonly number[]>();
  // Nothing that is drawn follows from it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #notedAt = new Map<number, number>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  note(id: number, bytesPerSecond: number | null): void {
    const now = this.#now();
    if (bytesPerSecond === null || now - (this.#notedAt.get(id) ?? -Infinity) < sampleMilliseconds) return;
    this.#notedAt.set(id, now);
    this.#samples.set(id, [...(this.#samples.get(id) ?? []), bytesPerSecond].slice(-mostSamples));
  }

  /** In bytes a second, the oldest first. */
  of(id: number): readonly number[] {
    return this.#samples.get(id) ?? [];
  }

  forget(id: number): void {
    this.#samples.delete(id);
    this.#notedAt.delete(id);
  }
}
