/** A file with holes, rebuilt from the pieces that an archive stored of it. */
import type { Span } from '#shared/domain/image.ts';
import { requireWithin, type ByteSource, type SourceRun } from '../bytes/source.ts';

/** Ascending, not overlapping pieces of the file; their data lies one after the other in the archive. */
export interface SparseMap {
  readonly sizeBytes: number;
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
}

/** Reads as zeros what `map` leaves out. */
export class SparseSource implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable: boolean;
  readonly #stored: ByteSource;
  readonly #map: SparseMap;
  /** Where the data of each piece begins in the stored bytes. */
  readonly #offsets: Float64Array;

  /** Takes ownership of `stored`, which holds the pieces' data and nothing else. */
  constructor(stored: ByteSource, map: SparseMap, path: string) {
    this.path = path;
    this.sizeBytes = map.sizeBytes;
    this.seekable = stored.seekable;
    this.#stored = stored;
    this.#map = map;
    this.#offsets = new Float64Array(map.starts.length);
    let offset = 0;
    for (const [index, length] of map.lengths.entries()) {
      this.#offsets[index] = offset;
      offset += length;
    }
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    for (const piece of this.#pieces({ start: fileOffset, length: into.length })) {
      const at = piece.start - fileOffset;
      const part = into.subarray(at, at + piece.length);
      if (piece.storedOffset === null) part.fill(0);
      else this.#stored.read(piece.storedOffset, part);
    }
  }

  *runs(span: Span): Iterable<SourceRun> {
    const start = Math.min(Math.max(0, span.start), this.sizeBytes);
    const length = Math.min(span.start + span.length, this.sizeBytes) - start;
    for (const piece of this.#pieces({ start, length })) {
      yield { start: piece.start, length: piece.length, hole: piece.storedOffset === null };
    }
  }

  close(): void {
    this.#stored.close();
  }

  /** Tiles `span`, which lies within the file, with holes (null) and stored pieces. */
  *#pieces(span: Span): Iterable<Span & { readonly storedOffset: number | null }> {
    const end = span.start + span.length;
    const { starts, lengths } = this.#map;
    let index = this.#firstPieceEndingAfter(span.start);
    for (let at = span.start; at < end;) {
      const pieceStart = starts[index] ?? Infinity;
      if (at < pieceStart) {
        const length = Math.min(end, pieceStart) - at;
        yield { start: at, length, storedOffset: null };
        at += length;
        continue;
      }
      const length = Math.min(end, pieceStart + lengths[index]!) - at;
      if (length > 0) yield { start: at, length, storedOffset: this.#offsets[index]! + (at - pieceStart) };
      at += length;
      index += 1;
    }
  }

  #firstPieceEndingAfter(offset: number): number {
    const { starts, lengths } = this.#map;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! + lengths[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
