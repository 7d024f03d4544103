/** A file with the writes of its log laid over it, in memory. */
import type { Span } from '#shared/domain/image.ts';
import { requireWithin, type ByteSource, type SourceRun } from '../../bytes/source.ts';

/** One write of the log, in bytes of the file; null is zeros. */
export interface LoggedWrite extends Span {
  readonly data: Uint8Array | null;
}

export class LogOverlay implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable: boolean;
  readonly #file: ByteSource;
  readonly #writes: readonly LoggedWrite[];
  /** Ascending places; between one and the next the write of that index is what counts, -1 is the file. */
  readonly #places: Float64Array;
  readonly #winners: Int32Array;

  /** `writes` in their order: later ones win. `lastFileOffset` is how long the file has to be. */
  constructor(file: ByteSource, writes: readonly LoggedWrite[], lastFileOffset: number) {
    this.#file = file;
    this.#writes = writes;
    this.path = file.path;
    this.seekable = file.seekable;
    const dataEnd = writes.reduce(
      (end, { start, length, data }) => (data ? Math.max(end, start + length) : end),
      0,
    );
    this.sizeBytes = Math.max(file.sizeBytes, lastFileOffset, dataEnd);
    const ends = writes.flatMap(({ start, length }) => [start, start + length]);
    this.#places = Float64Array.from(new Set(ends)).sort();
    this.#winners = paint(this.#places, writes);
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    const inFile = Math.max(0, Math.min(into.length, this.#file.sizeBytes - fileOffset));
    if (inFile > 0) this.#file.read(fileOffset, into.subarray(0, inFile));
    // The log made the file longer, and nothing was written there.
    into.fill(0, inFile);
    const end = fileOffset + into.length;
    for (let index = lastAtOrBefore(this.#places, fileOffset); index < this.#winners.length; index++) {
      const start = this.#places[index] ?? -1;
      if (start >= end) return;
      if (index >= 0 && this.#winners[index]! >= 0) this.#apply(index, fileOffset, into);
    }
  }

  #apply(index: number, fileOffset: number, into: Uint8Array): void {
    const write = this.#writes[this.#winners[index]!]!;
    const start = Math.max(this.#places[index]!, fileOffset);
    const end = Math.min(this.#places[index + 1]!, fileOffset + into.length);
    if (end <= start) return;
    const part = into.subarray(start - fileOffset, end - fileOffset);
    if (write.data === null) part.fill(0);
    else part.set(write.data.subarray(start - write.start, end - write.start));
  }

  *runs(span: Span): Iterable<SourceRun> {
    const start = Math.min(span.start, this.sizeBytes);
    const length = Math.min(span.start + span.length, this.sizeBytes) - start;
    if (length > 0) yield { start, length, hole: false };
  }

  /** What of the writes counts in the end: parts that do not overlap, ascending. */
  *parts(): Iterable<LoggedWrite> {
    for (const [index, winner] of this.#winners.entries()) {
      if (winner < 0) continue;
      const { start: writeStart, data } = this.#writes[winner]!;
      const start = this.#places[index]!;
      const length = this.#places[index + 1]! - start;
      const from = start - writeStart;
      yield { start, length, data: data === null ? null : data.subarray(from, from + length) };
    }
  }

  close(): void {
    this.#file.close();
  }
}

/** For each part between two places the last write that covers it, or -1. */
function paint(places: Float64Array, writes: readonly LoggedWrite[]): Int32Array {
  const partCount = Math.max(0, places.length - 1);
  const winners = new Int32Array(partCount).fill(-1);
  // next[part] leads to the first part from there on that has no winner yet.
  const next = Int32Array.from({ length: partCount + 1 }, (_, part) => part);
  const firstFree = (part: number): number => {
    let free = part;
    while (next[free] !== free) free = next[free]!;
    for (let at = part; at !== free;) {
      const following = next[at]!;
      next[at] = free;
      at = following;
    }
    return free;
  };
  for (let index = writes.length - 1; index >= 0; index--) {
    const { start, length } = writes[index]!;
    let part = firstFree(lastAtOrBefore(places, start));
    while (part < partCount && places[part]! < start + length) {
      winners[part] = index;
      next[part] = part + 1;
      part = firstFree(part);
    }
  }
  return winners;
}

/** The index of the last place at or before `offset`; -1 when all lie after it. */
function lastAtOrBefore(places: Float64Array, offset: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places[middle]! <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
