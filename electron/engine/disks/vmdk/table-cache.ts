/** The tables used last, by their number: what keeps a walk over a disk from reading a table twice. */

/** Keeps the `capacity` values that were used last. */
export class TableCache<T> {
  readonly #capacity: number;
  readonly #values = new Map<number, T>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(index: number): T | undefined {
    const value = this.#values.get(index);
    if (value !== undefined) {
      // A Map keeps its order of insertion: what is used moves to the end.
      this.#values.delete(index);
      this.#values.set(index, value);
    }
    return value;
  }

  set(index: number, value: T): void {
    if (!this.#values.has(index) && this.#values.size >= this.#capacity) {
      this.#values.delete(this.#values.keys().next().value!);
    }
    this.#values.set(index, value);
  }
}
