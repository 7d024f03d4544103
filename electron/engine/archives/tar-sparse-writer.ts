/** Writes a tar of one file with holes in the old GNU format (GNU tar manual, "Old GNU Format"). */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { isZero } from '../bytes/zeros.ts';
import { blockBytes, gnuSparseFields } from './tar-header.ts';
import { tarEndBytes, tarPadding } from './tar-writer.ts';
import type { StreamEncoder, WrappedContent } from './wrapped-sink.ts';

interface Piece {
  start: number;
  end: number;
}

/** Pieces in one map. Readers keep it in memory; ours refuses more than four times as many. */
const pieceLimit = 1 << 16;
const firstGapBytes = 64 << 10;
const entryBytes = 24;
const entriesPerExtension = 21;
const octalLimit = 8 ** 11;
/** GNU tar records files of multiples of this. */
const recordBytes = 20 * blockBytes;

/** Takes the content with its holes as zeros, and gives the archive on to another encoder. */
export class SparseTarEncoder implements StreamEncoder {
  readonly #next: StreamEncoder;
  readonly #pieces: readonly Piece[];
  #index = 0;
  #position = 0;
  #written = 0;

  constructor(name: string, content: WrappedContent, next: StreamEncoder) {
    this.#next = next;
    this.#pieces = piecesOf(content);
    this.#put(encodeHeader(name, content.sizeBytes, this.#pieces));
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const piece = this.#pieces[this.#index];
      const isInside = piece !== undefined && this.#position >= piece.start;
      const border = piece === undefined ? Infinity : isInside ? piece.end : piece.start;
      const count = Math.min(bytes.length - done, border - this.#position);
      const part = bytes.subarray(done, done + count);
      if (isInside) this.#put(part);
      else if (!isZero(part))
        throw new Failure('internal', { problem: inEnglish('data lie where a hole was announced') });
      this.#position += count;
      done += count;
      if (piece !== undefined && this.#position === piece.end) this.#index += 1;
    }
  }

  finish(): void {
    this.#put(new Uint8Array(tarPadding(this.#written)));
    this.#put(new Uint8Array(tarEndBytes));
    this.#put(new Uint8Array((recordBytes - (this.#written % recordBytes)) % recordBytes));
    this.#next.finish();
  }

  #put(bytes: Uint8Array): void {
    this.#next.write(bytes);
    this.#written += bytes.length;
  }
}

/** The pieces to store: small gaps are stored too, larger ones where there would be too many pieces. Whole blocks. */
function piecesOf({ sizeBytes, dataSpans }: WrappedContent): readonly Piece[] {
  if (dataSpans === undefined) return [{ start: 0, end: sizeBytes }].filter(({ end }) => end > 0);
  let gapBytes = firstGapBytes;
  let pieces: Piece[] = [];
  const add = (piece: Piece): void => {
    const last = pieces[pieces.length - 1];
    if (last !== undefined && piece.start - last.end < gapBytes) last.end = Math.max(last.end, piece.end);
    else pieces.push({ ...piece });
  };
  for (const { start, length } of dataSpans) {
    const end = Math.min(Math.ceil((start + length) / blockBytes) * blockBytes, sizeBytes);
    add({ start: Math.floor(start / blockBytes) * blockBytes, end });
    while (pieces.length > pieceLimit) {
      gapBytes *= 2;
      const fine = pieces;
      pieces = [];
      fine.forEach(add);
    }
  }
  return pieces;
}

function encodeHeader(name: string, sizeBytes: number, pieces: readonly Piece[]): Uint8Array {
  // A hole at the end is told by a piece of no bytes behind it.
  const ends = pieces.length > 0 && pieces[pieces.length - 1]!.end === sizeBytes;
  const entries = ends ? pieces : [...pieces, { start: sizeBytes, end: sizeBytes }];
  const { entries: entriesAt, entryCount, isExtended, realSize } = gnuSparseFields;
  const extensionCount = Math.ceil(Math.max(0, entries.length - entryCount) / entriesPerExtension);
  const bytes = new Uint8Array(blockBytes * (1 + extensionCount));
  const text = (at: number, value: string): void => bytes.set(Buffer.from(value), at);
  text(0, name);
  text(100, '0000644\x000000000\x000000000\0');
  number(
    bytes,
    124,
    pieces.reduce((sum, { start, end }) => sum + end - start, 0),
  );
  number(bytes, 136, 0);
  text(148, '        ');
  text(156, 'S');
  text(257, 'ustar  \0');
  for (const [index, { start, end }] of entries.entries()) {
    const extra = index - entryCount;
    const block = 1 + Math.floor(extra / entriesPerExtension);
    const at =
      extra < 0
        ? entriesAt + index * entryBytes
        : block * blockBytes + (extra % entriesPerExtension) * entryBytes;
    number(bytes, at, start);
    number(bytes, at + 12, end - start);
  }
  if (extensionCount > 0) bytes[isExtended] = 1;
  for (let block = 1; block < extensionCount; block++) {
    bytes[block * blockBytes + entriesPerExtension * entryBytes] = 1;
  }
  number(bytes, realSize, sizeBytes);
  const sum = bytes.subarray(0, blockBytes).reduce((total, byte) => total + byte, 0);
  text(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return bytes;
}

/** Eleven octal digits and a NUL; base 256 where they are not enough. */
function number(bytes: Uint8Array, at: number, value: number): void {
  if (value < octalLimit) {
    bytes.set(Buffer.from(`${value.toString(8).padStart(11, '0')}\0`), at);
    return;
  }
  bytes[at] = 0x80;
  new DataView(bytes.buffer).setBigUint64(at + 4, BigInt(value));
}
