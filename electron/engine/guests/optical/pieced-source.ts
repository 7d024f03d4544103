/** A file that lies in pieces on its volume: extents of ISO 9660, allocation descriptors of UDF. */
import type { Span } from '#shared/domain/image.ts';
import { requireWithin, type ByteSource, type SourceRun } from '../../bytes/source.ts';

/** A run of a file's bytes; `volumeOffset` is null where nothing is stored and zeros are read. */
export interface Piece {
  readonly length: number;
  readonly volumeOffset: number | null;
}

/** The pieces one after the other. Closing it leaves the volume open: that one belongs to the file system's reader. */
export class PiecedSource implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable: boolean;
  readonly #volume: ByteSource;
  readonly #pieces: readonly Piece[];
  readonly #starts: Float64Array;

  /** @throws Failure `image.truncated` when a piece is not inside the volume. */
  constructor(volume: ByteSource, pieces: readonly Piece[], path: string) {
    this.path = path;
    this.seekable = volume.seekable;
    this.#volume = volume;
    this.#pieces = pieces;
    this.#starts = new Float64Array(pieces.length);
    let total = 0;
    for (const [index, { length, volumeOffset }] of pieces.entries()) {
      if (volumeOffset !== null) requireWithin(volume, volumeOffset, length);
      this.#starts[index] = total;
      total += length;
    }
    this.sizeBytes = total;
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    for (const { start, length, volumeOffset } of this.#cut({ start: fileOffset, length: into.length })) {
      const part = into.subarray(start - fileOffset, start - fileOffset + length);
      if (volumeOffset === null) part.fill(0);
      else this.#volume.read(volumeOffset, part);
    }
  }

  *runs(span: Span): Iterable<SourceRun> {
    const start = Math.min(Math.max(0, span.start), this.sizeBytes);
    const length = Math.max(0, Math.min(span.start + span.length, this.sizeBytes) - start);
    for (const piece of this.#cut({ start, length })) {
      if (piece.volumeOffset === null) {
        yield { start: piece.start, length: piece.length, hole: true };
        continue;
      }
      for (const run of this.#volume.runs({ start: piece.volumeOffset, length: piece.length })) {
        yield { ...run, start: run.start - piece.volumeOffset + piece.start };
      }
    }
  }

  close(): void {}

  /** The pieces that tile `span`, which lies within the file. */
  *#cut(span: Span): Iterable<Span & Piece> {
    const end = span.start + span.length;
    for (let index = this.#pieceAt(span.start); index < this.#pieces.length; index++) {
      const pieceStart = this.#starts[index]!;
      if (pieceStart >= end) return;
      const piece = this.#pieces[index]!;
      const start = Math.max(span.start, pieceStart);
      const length = Math.min(end, pieceStart + piece.length) - start;
      if (length <= 0) continue;
      const volumeOffset = piece.volumeOffset === null ? null : piece.volumeOffset + (start - pieceStart);
      yield { start, length, volumeOffset };
    }
  }

  /** The last piece that begins at or before `offset`. */
  #pieceAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low;
  }
}
