/** Files that a job has just made: their rows in the library slide into their places. */
import { SvelteSet } from 'svelte/reactivity';

/** The list has asked again by then, and what moved has come to rest. */
const arrivalMilliseconds = 2500;

class Arrivals {
  readonly #paths = new SvelteSet<string>();

  /** Whether any file is new in the list. */
  get some(): boolean {
    return this.#paths.size > 0;
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** These files were just made: they are new in the list in a moment. */
  expect(paths: readonly string[]): void {
    for (const path of paths) {
      this.#paths.add(path);
      setTimeout(() => this.#paths.delete(path), arrivalMilliseconds);
    }
  }
}

export const arrivals = new Arrivals();
