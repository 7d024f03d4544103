/** A file that is nowhere: what its writer wrote is kept in memory, and of the disk's bytes only where they go. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSink } from '../bytes/sink.ts';
import { requireWithin, type ByteSource, type SourceRun } from '../bytes/source.ts';

/** The bytes that are placed, one after the other: what a guest sees, or its units as they were encoded. */
export type PlacedBytes = Pick<ByteSource, 'path' | 'seekable' | 'read' | 'close'>;

/** Small pieces share blocks of memory of this size: of a large disk there are millions. */
const blockBytes = 1 << 20;

/** Takes a writer's calls, then reads as the file that they describe. Closing it closes the bytes that were placed. */
export class LaidOutFile implements ByteSink, ByteSource {
  readonly name: string;
  readonly #placed: PlacedBytes;
  readonly #places = new Places();
  /** What lies behind everything that was written before it. */
  readonly #written: Piece[] = [];
  /** What came later and lies before that: headers, as a rule. */
  readonly #rewritten: Piece[] = [];
  #block = new Uint8Array(0);
  #writtenEnd = 0;
  #sizeBytes = 0;

  constructor(name: string, placed: PlacedBytes) {
    this.name = name;
    this.#placed = placed;
  }

  get path(): string {
    return this.#placed.path;
  }

  get seekable(): boolean {
    return this.#placed.seekable;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  write(fileOffset: number, bytes: Uint8Array): void {
    const end = fileOffset + bytes.length;
    this.truncate(Math.max(this.#sizeBytes, end));
    if (fileOffset < this.#writtenEnd) {
      this.#rewritten.push({ fileOffset, bytes: this.#kept(bytes) });
      return;
    }
    this.#writtenEnd = end;
    // Nothing reads as zeros: they need no room.
    const first = bytes.findIndex((byte) => byte !== 0);
    if (first < 0) return;
    let last = bytes.length;
    while (bytes[last - 1] === 0) last--;
    this.#written.push({ fileOffset: fileOffset + first, bytes: this.#kept(bytes.subarray(first, last)) });
  }

  /** So many of the placed bytes, from `offset` on, go here. */
  place(fileOffset: number, lengthBytes: number, offset: number): void {
    this.#places.add(fileOffset, lengthBytes, offset);
    this.truncate(Math.max(this.#sizeBytes, fileOffset + lengthBytes));
  }

  truncate(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
  }

  allocate(fileOffset: number, lengthBytes: number): void {
    this.truncate(Math.max(this.#sizeBytes, fileOffset + lengthBytes));
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    into.fill(0);
    const end = fileOffset + into.length;
    for (const { start, length, offset } of this.#places.within(fileOffset, end)) {
      this.#placed.read(offset, into.subarray(start - fileOffset, start - fileOffset + length));
    }
    const first = lastAtOrBefore(
      this.#written.length,
      fileOffset,
      (index) => this.#written[index]!.fileOffset,
    );
    for (let index = first; index < this.#written.length; index++) {
      if (this.#written[index]!.fileOffset >= end) break;
      lay(this.#written[index]!, fileOffset, into);
    }
    for (const piece of this.#rewritten) lay(piece, fileOffset, into);
  }

  /** Where only zeros are is not told. */
  *runs({ start, length }: Span): Iterable<SourceRun> {
    const end = Math.min(start + length, this.#sizeBytes);
    if (start < end) yield { start, length: end - start, hole: false };
  }

  close(): void {
    this.#placed.close();
  }

  #kept(bytes: Uint8Array): Uint8Array {
    if (bytes.length > blockBytes / 4) return bytes.slice();
    if (bytes.length > this.#block.length) this.#block = new Uint8Array(blockBytes);
    const kept = this.#block.subarray(0, bytes.length);
    kept.set(bytes);
    this.#block = this.#block.subarray(bytes.length);
    return kept;
  }
}

interface Piece {
  readonly fileOffset: number;
  readonly bytes: Uint8Array;
}

/** Puts what of the piece lies in `into`, which begins at `fileOffset`, there. */
function lay(piece: Piece, fileOffset: number, into: Uint8Array): void {
  const start = Math.max(piece.fileOffset, fileOffset);
  const end = Math.min(piece.fileOffset + piece.bytes.length, fileOffset + into.length);
  if (start >= end) return;
  into.set(piece.bytes.subarray(start - piece.fileOffset, end - piece.fileOffset), start - fileOffset);
}

/** Which bytes go where, by columns: three numbers each. */
class Places {
  #columns = new Float64Array(3 * 1024);
  #count = 0;

  /** @throws Failure `internal` for a place before the last one: no writer goes back with the disk's bytes. */
  add(fileOffset: number, lengthBytes: number, offset: number): void {
    const last = this.#count - 1;
    if (last >= 0) {
      const end = this.#start(last) + this.#length(last);
      if (fileOffset < end) {
        throw new Failure('internal', {
          problem: inEnglish('bytes of the disk go to {fileOffset}, behind {end}', { fileOffset, end }),
        });
      }
      if (fileOffset === end && offset === this.#offset(last) + this.#length(last)) {
        this.#columns[last * 3 + 1]! += lengthBytes;
        return;
      }
    }
    if (this.#count * 3 === this.#columns.length) {
      const grown = new Float64Array(this.#columns.length * 2);
      grown.set(this.#columns);
      this.#columns = grown;
    }
    this.#columns.set([fileOffset, lengthBytes, offset], this.#count++ * 3);
  }

  /** The places between `start` and `end`, cut to that. */
  *within(start: number, end: number): Iterable<Span & { readonly offset: number }> {
    const first = lastAtOrBefore(this.#count, start, (index) => this.#start(index));
    for (let index = first; index < this.#count && this.#start(index) < end; index++) {
      const from = Math.max(this.#start(index), start);
      const length = Math.min(this.#start(index) + this.#length(index), end) - from;
      if (length > 0) yield { start: from, length, offset: this.#offset(index) + from - this.#start(index) };
    }
  }

  #start(index: number): number {
    return this.#columns[index * 3]!;
  }

  #length(index: number): number {
    return this.#columns[index * 3 + 1]!;
  }

  #offset(index: number): number {
    return this.#columns[index * 3 + 2]!;
  }
}

/** Of `count` ascending numbers the index of the last that is not above `wanted`, 0 where there is none. */
export function lastAtOrBefore(count: number, wanted: number, numberAt: (index: number) => number): number {
  let low = 0;
  let high = count;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (numberAt(middle) <= wanted) low = middle;
    else high = middle;
  }
  return low;
}
