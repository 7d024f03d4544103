/** Which parts of a disk hold data: counted for plans, cut into chunks for the pipeline. */
import type { Span } from '#shared/domain/image.ts';
import type { Disk } from '../disks/chain.ts';

/** The usual size of a chunk: large enough to make the hand-over cheap, small enough for smooth progress. */
const usualChunkBytes = 1 << 20;

/** The chunk for units of `unitBytes`: a whole number of them. */
export function chunkBytesFor(unitBytes: number): number {
  return Math.max(usualChunkBytes, unitBytes);
}

/** Asking the file system for holes costs about a microsecond: worth it for extents that take longer to read. */
const worthAskingBytes = 256 * 1024;

/**
 * The spans of the disk that are stored or encoded in any layer, ascending, touching ones joined. Where a file stores
 * nothing (a fixed or preallocated image that is sparse) there is nothing to read.
 */
export function* dataSpans(disk: Disk): Iterable<Span> {
  let start = 0;
  let end = 0;
  for (const span of storedSpans(disk)) {
    if (span.start !== end) {
      if (end > start) yield { start, length: end - start };
      start = span.start;
    }
    end = span.start + span.length;
  }
  if (end > start) yield { start, length: end - start };
}

function* storedSpans(disk: Disk): Iterable<Span> {
  for (const extent of disk.extents({ start: 0, length: disk.capacityBytes })) {
    if (extent.state === 'encoded') yield extent;
    if (extent.state !== 'stored') continue;
    if (extent.length < worthAskingBytes) {
      yield extent;
      continue;
    }
    const shift = extent.start - extent.fileOffset;
    for (const run of extent.source.runs({ start: extent.fileOffset, length: extent.length })) {
      if (!run.hole) yield { start: run.start + shift, length: run.length };
    }
  }
}

/** Ascending spans, kept as numbers: a badly fragmented disk has millions. */
export class SpanList implements Iterable<Span> {
  #numbers = new Float64Array(1024);
  #used = 0;
  #dataBytes = 0;

  constructor(spans: Iterable<Span>) {
    for (const { start, length } of spans) {
      if (this.#used === this.#numbers.length) {
        const grown = new Float64Array(this.#numbers.length * 2);
        grown.set(this.#numbers);
        this.#numbers = grown;
      }
      this.#numbers[this.#used++] = start;
      this.#numbers[this.#used++] = length;
      this.#dataBytes += length;
    }
  }

  /** The bytes in all spans. */
  get dataBytes(): number {
    return this.#dataBytes;
  }

  *[Symbol.iterator](): Iterator<Span> {
    for (let at = 0; at < this.#used; at += 2) {
      yield { start: this.#numbers[at]!, length: this.#numbers[at + 1]! };
    }
  }
}

/** How many units of `unitBytes` hold any of the spans. */
export function countUnits(spans: Iterable<Span>, unitBytes: number): number {
  let count = 0;
  let lastUnit = -1;
  for (const span of spans) {
    const first = Math.max(Math.floor(span.start / unitBytes), lastUnit + 1);
    lastUnit = Math.floor((span.start + span.length - 1) / unitBytes);
    count += Math.max(0, lastUnit - first + 1);
  }
  return count;
}

/**
 * Cuts the data of a disk into chunks: whole units (the last cut by the capacity), never across a multiple of
 * `chunkBytes`, so that the same disk gives the same chunks whatever its format.
 */
export function* cutChunks(
  spans: Iterable<Span>,
  unitBytes: number,
  chunkBytes: number,
  capacityBytes: number,
): Iterable<Span> {
  let start = -1;
  let end = -1;
  for (const span of spans) {
    let at = Math.max(Math.floor(span.start / unitBytes) * unitBytes, end);
    const spanEnd = Math.min(Math.ceil((span.start + span.length) / unitBytes) * unitBytes, capacityBytes);
    while (at < spanEnd) {
      const border = (Math.floor(at / chunkBytes) + 1) * chunkBytes;
      const pieceEnd = Math.min(border, spanEnd);
      const sameChunk = start >= 0 && Math.floor(start / chunkBytes) === Math.floor(at / chunkBytes);
      if (!sameChunk) {
        if (start >= 0) yield { start, length: end - start };
        start = at;
      }
      end = pieceEnd;
      at = pieceEnd;
    }
  }
  if (start >= 0) yield { start, length: end - start };
}
