/** Where a file has nothing but zeros that its system does not even store: whole grain tables that need no reading. */
import type { ByteSource, SourceRun } from '../../bytes/source.ts';

/** Remembers the last run of a source that it was asked about. */
export class KnownHole {
  readonly #source: ByteSource;
  #run: SourceRun = { start: 0, length: 0, hole: false };

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Whether all of that range, in bytes, is in one hole. */
  covers(start: number, length: number): boolean {
    if (start < this.#run.start || start >= this.#run.start + this.#run.length)
      this.#run = this.#runAt(start);
    return this.#run.hole && start + length <= this.#run.start + this.#run.length;
  }

  #runAt(start: number): SourceRun {
    const rest = { start, length: this.#source.sizeBytes - start };
    const first = this.#source.runs(rest)[Symbol.iterator]().next();
    return first.done === true ? { ...rest, hole: false } : first.value;
  }
}
