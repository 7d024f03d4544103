/** A compressed stream as a source: what was decoded last stays at hand, going further back starts at a restart point. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, asValue } from '#shared/in-english.ts';
import { requireWithin, type ByteSource, type SourceRun } from '../bytes/source.ts';

/** Decodes in one direction. */
export interface ForwardDecoder {
  /**
   * Fills the front of `into` with the next bytes of the output: at least one, 0 only at its end.
   * @throws Failure `image.malformed`, `image.truncated`, `image.unsupported`.
   */
  decode(into: Uint8Array): number;
}

/** What a compression format tells of one stream. */
export interface CompressedStream {
  /** The nearest offset of the output, at or before `outputOffset`, at which a decoder can begin. */
  restartBefore(outputOffset: number): number;
  /** A decoder whose output begins at `restart`, the answer of restartBefore() for `outputOffset`. */
  decoderAt(restart: number, outputOffset: number): ForwardDecoder;
  /** The size of the output where the file's own tables give it; null when only decoding tells. @throws Failure `image.*`. */
  statedBytes(): number | null;
}

/** What opening a compressed source may use. */
export interface DecodeLimits {
  /** Called between the steps of a long way forward. */
  readonly throwIfCancelled?: () => void;
  /** The largest dictionary or window that a stream may ask for, in bytes. */
  readonly historyLimitBytes?: number;
  /** What is known of the size from an earlier time, and where to tell it once it is. */
  readonly size?: SizeMemory;
}

/** Remembers the size of one decoded file, which may cost a pass over all of it. */
export interface SizeMemory {
  /** Null when it was never learnt. */
  recall(): number | null;
  learn(sizeBytes: number): void;
}

/** More than any of the usual levels asks for (`xz -9`: 64 MiB, `zstd --ultra -22`: 128 MiB). */
export const usualHistoryLimitBytes = 128 << 20;

/** The window grows to this, so that a look at the start costs little. */
const windowBytes = 8 << 20;
const firstWindowBytes = 512 << 10;
const keptBytes = 4 << 20;
const stepBytes = 256 << 10;
const worthRestartingBytes = 1 << 20;
/** Of either end, this much stays at hand: whoever recognises a disk looks at both, again and again. */
const keptAtEndsBytes = 1 << 20;

interface Stretch {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Reading on is cheap, and so is going back a few MiB. */
export class DecodedSource implements ByteSource {
  readonly path: string;
  readonly seekable = false;
  readonly #compressed: ByteSource;
  readonly #stream: CompressedStream;
  readonly #throwIfCancelled: () => void;
  #decoder: ForwardDecoder | null = null;
  #window: Uint8Array | null = null;
  #windowStart = 0;
  #windowEnd = 0;
  #head: Stretch | null = null;
  #tail: Stretch | null = null;
  #size: number | null = null;
  readonly #sizeMemory: SizeMemory | null;

  /** Takes ownership of `compressed`. */
  constructor(compressed: ByteSource, path: string, stream: CompressedStream, limits: DecodeLimits = {}) {
    this.path = path;
    this.#compressed = compressed;
    this.#stream = stream;
    this.#throwIfCancelled = limits.throwIfCancelled ?? (() => {});
    this.#sizeMemory = limits.size ?? null;
  }

  /** What the file's tables say; without any, everything is decoded once. @throws Failure `image.*`. */
  get sizeBytes(): number {
    if (this.#size !== null) return this.#size;
    const stated = this.#sizeMemory?.recall() ?? this.#stream.statedBytes();
    if (stated === null) while (this.#advance());
    else this.#size = stated;
    return this.#size!;
  }

  read(fileOffset: number, into: Uint8Array): void {
    if (this.#size !== null) requireWithin(this, fileOffset, into.length);
    for (const kept of [this.#head, this.#tail]) {
      if (kept === null || fileOffset < kept.start) continue;
      const from = fileOffset - kept.start;
      if (from + into.length > kept.bytes.length) continue;
      into.set(kept.bytes.subarray(from, from + into.length));
      return;
    }
    for (let done = 0; done < into.length;) {
      const at = fileOffset + done;
      this.#goTo(at, fileOffset + into.length);
      const from = at - this.#windowStart;
      const count = Math.min(into.length - done, this.#windowEnd - from);
      into.set(this.#window!.subarray(from, from + count), done);
      done += count;
    }
  }

  *runs(span: Span): Iterable<SourceRun> {
    const start = Math.max(0, span.start);
    const length = Math.min(span.start + span.length, this.sizeBytes) - start;
    if (length > 0) yield { start, length, hole: false };
  }

  close(): void {
    this.#window = null;
    this.#windowStart = this.#windowEnd = 0;
    this.#decoder = null;
    this.#head = this.#tail = null;
    this.#compressed.close();
  }

  /** Whether there are at least `lengthBytes`: goes forward as far as it takes to know, and asks for no size. */
  reaches(lengthBytes: number): boolean {
    if (this.#size !== null) return lengthBytes <= this.#size;
    while (this.#windowStart + this.#windowEnd < lengthBytes) if (!this.#advance()) return false;
    return true;
  }

  /** Makes the byte at `offset` part of the window. */
  #goTo(offset: number, neededBytes: number): void {
    const end = this.#windowStart + this.#windowEnd;
    if (offset >= this.#windowStart && offset < end) return;
    // Far ahead, the restart point before it may be nearer than where the decoder stands.
    if (offset < this.#windowStart || offset - end > worthRestartingBytes) {
      const restart = this.#stream.restartBefore(offset);
      if (offset < this.#windowStart || restart > end) {
        this.#keepHead();
        this.#decoder = this.#stream.decoderAt(restart, offset);
        this.#windowStart = restart;
        this.#windowEnd = 0;
      }
    }
    while (offset >= this.#windowStart + this.#windowEnd) {
      if (this.#advance()) continue;
      throw new Failure('image.truncated', { path: this.path, neededBytes, actualBytes: this.#size! });
    }
  }

  /** One step forward; false at the end, when the size is known. */
  #advance(): boolean {
    this.#throwIfCancelled();
    this.#decoder ??= this.#stream.decoderAt(0, 0);
    let window = (this.#window ??= new Uint8Array(firstWindowBytes));
    if (this.#windowEnd + stepBytes > window.length && window.length < windowBytes) {
      window = new Uint8Array(window.length * 4);
      window.set(this.#window.subarray(0, this.#windowEnd));
      this.#window = window;
    }
    if (this.#windowEnd + stepBytes > window.length) {
      this.#keepHead();
      const surplus = this.#windowEnd - keptBytes;
      window.copyWithin(0, surplus, this.#windowEnd);
      this.#windowStart += surplus;
      this.#windowEnd = keptBytes;
    }
    const count = this.#decoder.decode(window.subarray(this.#windowEnd, this.#windowEnd + stepBytes));
    this.#windowEnd += count;
    const end = this.#windowStart + this.#windowEnd;
    if (count === 0 || end === this.#size) this.#keepTail(window);
    if (this.#size !== null && (count === 0 || end >= this.#size)) this.#requireEnd(end);
    if (count === 0 && this.#size === null) {
      this.#size = end;
      this.#sizeMemory?.learn(end);
    }
    return count > 0;
  }

  /** Before the window leaves the start. */
  #keepHead(): void {
    const length = this.#windowStart === 0 ? Math.min(this.#windowEnd, keptAtEndsBytes) : 0;
    if (length <= (this.#head?.bytes.length ?? 0)) return;
    this.#head = { start: 0, bytes: this.#window!.slice(0, length) };
  }

  #keepTail(window: Uint8Array): void {
    const from = Math.max(0, this.#windowEnd - keptAtEndsBytes);
    this.#tail ??= { start: this.#windowStart + from, bytes: window.slice(from, this.#windowEnd) };
  }

  /** The size that was stated or remembered must be the true one; asking for more also has the last checksum compared. */
  #requireEnd(end: number): void {
    const size = this.#size!;
    if (end === size && this.#decoder!.decode(new Uint8Array(1)) === 0) return;
    throw new Failure('image.malformed', {
      format: 'compressed stream',
      structure: 'file',
      field: 'uncompressed size',
      fileOffset: 0,
      problem: inEnglish('the file says {size} bytes, its data are {end}', {
        size,
        end: end < size ? end : asValue(inEnglish('more')),
      }),
    });
  }
}

/** Whether `source` has at least `lengthBytes`; of a compressed one, no more is decoded than it takes to know. */
export function reaches(source: ByteSource, lengthBytes: number): boolean {
  return source instanceof DecodedSource ? source.reaches(lengthBytes) : lengthBytes <= source.sizeBytes;
}

/** Up to `lengthBytes` from the start of `source`, for recognising it. @throws Failure `image.*`, `io.*`. */
export function readStart(source: ByteSource, lengthBytes: number): Uint8Array {
  let length = lengthBytes;
  if (!reaches(source, lengthBytes)) length = source.sizeBytes;
  const start = new Uint8Array(length);
  source.read(0, start);
  return start;
}
