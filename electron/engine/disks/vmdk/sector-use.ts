/** Which sectors of a file are in use: what is used twice, and what by nothing. */

/** More runs that are used twice are not told apart. */
const maximumDoubles = 100_000;
/** A run is one number: its first sector times this, and how many there are. Exact for files of 16 TiB. */
const lengthLimit = 2 ** 18;
const maximumStart = 2 ** 35;
/** 32 MB; since runs are joined, that is far beyond what any file of this size comes to. */
const maximumRuns = 1 << 22;

export interface SectorRun {
  readonly start: number;
  readonly count: number;
}

/** Collects runs of sectors in any order, and then answers. */
export class SectorUse {
  #runs = new Float64Array(1024);
  #count = 0;
  #start = 0;
  #end = 0;
  #complete = true;
  /** What is in use, ascending and apart from each other: start, end, start, … */
  #union = new Float64Array(0);

  /** False when there was more than could be kept: then nothing can be said about what is not in use. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Says that `count` sectors from `start` on are in use once (more). */
  add(start: number, count: number): void {
    if (start === this.#end && this.#end - this.#start + count < lengthLimit) {
      this.#end += count;
      return;
    }
    this.#flush();
    this.#start = start;
    this.#end = start + count;
  }

  #flush(): void {
    for (let at = this.#start; at < this.#end; at += lengthLimit - 1) {
      this.#keep(at, Math.min(this.#end - at, lengthLimit - 1));
    }
    this.#end = this.#start;
  }

  #keep(start: number, count: number): void {
    if (this.#count >= maximumRuns || start >= maximumStart) {
      this.#complete = false;
      return;
    }
    if (this.#count === this.#runs.length) {
      const grown = new Float64Array(this.#count * 2);
      grown.set(this.#runs);
      this.#runs = grown;
    }
    this.#runs[this.#count++] = start * lengthLimit + count;
  }

  /** Ends the collecting. @returns the runs of sectors that are in use more than once. */
  finish(): SectorRun[] {
    this.#flush();
    const sorted = this.#runs.subarray(0, this.#count).sort();
    const twice: SectorRun[] = [];
    const union = new Float64Array(sorted.length * 2);
    let used = 0;
    for (const run of sorted) {
      const start = Math.floor(run / lengthLimit);
      const end = start + (run % lengthLimit);
      const previousEnd = used === 0 ? -1 : union[used - 1]!;
      if (start < previousEnd && twice.length < maximumDoubles) {
        twice.push({ start, count: Math.min(end, previousEnd) - start });
      }
      if (start <= previousEnd) union[used - 1] = Math.max(previousEnd, end);
      else {
        union[used++] = start;
        union[used++] = end;
      }
    }
    this.#runs = new Float64Array(0);
    this.#union = union.subarray(0, used);
    return twice;
  }

  /** Whether any of these sectors is in use. After finish(). */
  overlaps(start: number, count: number): boolean {
    let low = 0;
    let high = this.#union.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#union[middle * 2 + 1]! <= start) low = middle + 1;
      else high = middle;
    }
    return low < this.#union.length / 2 && this.#union[low * 2]! < start + count;
  }

  /** The runs of sectors from `from` to `to` that are in use by nothing. After finish(). */
  *gaps(from: number, to: number): Iterable<SectorRun> {
    let at = from;
    for (let index = 0; index < this.#union.length; index += 2) {
      const start = Math.min(this.#union[index]!, to);
      if (start > at) yield { start: at, count: start - at };
      at = Math.max(at, this.#union[index + 1]!);
    }
    if (at < to) yield { start: at, count: to - at };
  }
}

/** What is left of `runs` without the `count` sectors from each of `starts` on; both ascending. */
export function* runsWithout(
  runs: Iterable<SectorRun>,
  starts: readonly number[],
  count: number,
): Iterable<SectorRun> {
  let next = 0;
  for (const run of runs) {
    let at = run.start;
    const end = run.start + run.count;
    while (next < starts.length && starts[next]! < end) {
      const start = starts[next++]!;
      if (start > at) yield { start: at, count: start - at };
      at = Math.max(at, start + count);
    }
    if (at < end) yield { start: at, count: end - at };
  }
}
