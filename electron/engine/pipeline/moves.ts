/** The bytes of one chunk on their way to the output: where each stretch goes, and taking it there, in whichever thread is free. */
import { copyRange } from '../bytes/copy-range.ts';
import type { RangeCopier } from '../bytes/range-copier.ts';
import type { ByteSink } from '../bytes/sink.ts';
import type { ByteSource } from '../bytes/source.ts';
import { writeFully } from '../bytes/write-fully.ts';

/** Words of a move in shared memory: from which open file (or the slot) and where in it, to which and where, how many bytes. */
export const moveWords = 5;
const moveWord = { fromDescriptor: 0, fromOffset: 1, toDescriptor: 2, toOffset: 3, lengthBytes: 4 } as const;
/** In place of a descriptor: the bytes are the slot's own result. */
const fromSlot = -1;

interface Move {
  readonly sink: ByteSink;
  readonly fileOffset: number;
  /** Null: out of the chunk's own bytes. */
  readonly source: ByteSource | null;
  readonly sourceOffset: number;
  lengthBytes: number;
}

/** What is to be moved of one chunk. Stretches that go on where the last one ended are joined. */
export class Moves {
  /** The chunk's own bytes. */
  readonly #bytes: Uint8Array;
  readonly #moves: Move[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes of the chunk, from `at` on. */
  write(sink: ByteSink, fileOffset: number, at: number, lengthBytes: number): void {
    this.#add({ sink, fileOffset, source: null, sourceOffset: at, lengthBytes });
  }

  /** Bytes that lie in a source as they are. */
  copy(
    sink: ByteSink,
    fileOffset: number,
    source: ByteSource,
    sourceOffset: number,
    lengthBytes: number,
  ): void {
    this.#add({ sink, fileOffset, source, sourceOffset, lengthBytes });
  }

  #add(move: Move): void {
    const last = this.#moves.at(-1);
    const goesOn =
      last !== undefined &&
      last.sink === move.sink &&
      last.source === move.source &&
      last.fileOffset + last.lengthBytes === move.fileOffset &&
      last.sourceOffset + last.lengthBytes === move.sourceOffset;
    if (goesOn) last.lengthBytes += move.lengthBytes;
    else this.#moves.push(move);
  }

  get isEmpty(): boolean {
    return this.#moves.length === 0;
  }

  /** Does all of it here. @throws Failure of the sinks and the sources. */
  perform(copier: RangeCopier): void {
    for (const { sink, fileOffset, source, sourceOffset, lengthBytes } of this.#moves) {
      if (source === null) {
        sink.write(fileOffset, this.#bytes.subarray(sourceOffset, sourceOffset + lengthBytes));
      } else copier.copy(sink, fileOffset, source, sourceOffset, lengthBytes);
    }
    copier.flush();
  }

  /**
   * Writes down in `words` what another thread of this process needs to do it: descriptors are the process's. The files must stay
   * open until it is done. @returns how many moves, or -1 where it can only be done here.
   */
  describe(words: Float64Array): number {
    let count = 0;
    for (const move of this.#moves) {
      const added = describe(move, words.subarray(count * moveWords));
      if (added < 0) return -1;
      count += added;
    }
    return count;
  }
}

/** A source may be several files one after the other. */
function describe(
  { sink, fileOffset, source, sourceOffset, lengthBytes }: Move,
  words: Float64Array,
): number {
  const descriptor = sink.openFor?.(fileOffset, lengthBytes) ?? null;
  if (descriptor === null) return -1;
  let count = 0;
  for (let done = 0; done < lengthBytes; count++) {
    if ((count + 1) * moveWords > words.length) return -1;
    const place = source === null ? null : (source.filePlace?.(sourceOffset + done) ?? null);
    if (source !== null && place === null) return -1;
    const length = Math.min(lengthBytes - done, place?.lengthBytes ?? lengthBytes);
    const from = place ?? { descriptor: fromSlot, fileOffset: sourceOffset + done };
    const to = { descriptor: descriptor.descriptor, fileOffset: descriptor.fileOffset + done };
    words.set([from.descriptor, from.fileOffset, to.descriptor, to.fileOffset, length], count * moveWords);
    done += length;
  }
  return count;
}

/**
 * Does the first `count` moves in `words`, as describe() left them. @returns false when anything was in the way: then perform()
 * does it all again where the moves were made, and says what it is.
 */
export function performDescribed(words: Float64Array, count: number, bytes: Uint8Array): boolean {
  try {
    for (let index = 0; index < count; index++) {
      const move = words.subarray(index * moveWords, (index + 1) * moveWords);
      if (!performOne(move, bytes)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

function performOne(move: Float64Array, bytes: Uint8Array): boolean {
  const lengthBytes = move[moveWord.lengthBytes]!;
  const from = move[moveWord.fromOffset]!;
  const descriptor = move[moveWord.toDescriptor]!;
  const fileOffset = move[moveWord.toOffset]!;
  if (move[moveWord.fromDescriptor] !== fromSlot) {
    return (
      copyRange(move[moveWord.fromDescriptor]!, from, descriptor, fileOffset, lengthBytes) === lengthBytes
    );
  }
  writeFully(descriptor, bytes, fileOffset, from, lengthBytes);
  return true;
}
