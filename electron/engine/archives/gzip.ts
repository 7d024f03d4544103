/** gzip files (RFC 1952, any number of members) as a source: decompressed as it is read, with places to go back to. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import type { ByteSource, SourceRun } from '../bytes/source.ts';
import { requireWithin } from '../bytes/source.ts';
import { GzipDecoder, type GzipCheckpoint } from './gzip-decoder.ts';

/** Checkpoints kept at most: each holds 32 KiB, so that the longest stream costs 17 MB. */
const checkpointLimit = 512;
const firstIntervalBytes = 4 << 20;

/** Whether the file begins as gzip does (with the one compression method there is). Never throws for what it holds. */
export function isGzip(file: ByteSource): boolean {
  const head = new Uint8Array(4);
  if (file.sizeBytes < 18) return false;
  file.read(0, head);
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8 && (head[3]! & 0xe0) === 0;
}

/**
 * The decompressed bytes. Reading on is cheap; reading back starts again at the checkpoint before it, the size costs one
 * pass over everything (once), and neither needs more memory than the checkpoints.
 */
export class GzipSource implements ByteSource {
  readonly path: string;
  readonly seekable = false;
  readonly #compressed: ByteSource;
  readonly #throwIfCancelled: () => void;
  readonly #decoder: GzipDecoder;
  #checkpoints: GzipCheckpoint[] = [];
  #interval = firstIntervalBytes;
  #size: number | null = null;

  /** Takes ownership of `compressed`. `throwIfCancelled` is called between the steps of a long way forward. */
  constructor(compressed: ByteSource, path: string, throwIfCancelled: () => void = () => {}) {
    this.path = path;
    this.#compressed = compressed;
    this.#throwIfCancelled = throwIfCancelled;
    this.#decoder = new GzipDecoder(compressed);
  }

  /** Decompresses everything the first time. @throws Failure `image.malformed`, `image.truncated`. */
  get sizeBytes(): number {
    if (this.#size === null) {
      const furthest = this.#checkpoints[this.#checkpoints.length - 1];
      if (furthest !== undefined && furthest.offset > this.#decoder.end) this.#decoder.restore(furthest);
      while (this.#advance());
    }
    return this.#size!;
  }

  read(fileOffset: number, into: Uint8Array): void {
    if (this.#size !== null) requireWithin(this, fileOffset, into.length);
    let done = 0;
    while (done < into.length) {
      const at = fileOffset + done;
      this.#goTo(at, fileOffset + into.length);
      done += this.#decoder.copy(at, into.subarray(done));
    }
  }

  *runs(span: Span): Iterable<SourceRun> {
    const start = Math.max(0, span.start);
    const length = Math.min(span.start + span.length, this.sizeBytes) - start;
    if (length > 0) yield { start, length, hole: false };
  }

  close(): void {
    this.#checkpoints = [];
    this.#compressed.close();
  }

  /** Makes the byte at `offset` one that copy() can give. */
  #goTo(offset: number, neededBytes: number): void {
    if (offset < this.#decoder.start || offset >= this.#decoder.end) {
      const before = this.#lastCheckpointBefore(offset);
      const goesBack = offset < this.#decoder.start;
      if (goesBack || (before !== null && before.offset > this.#decoder.end)) this.#decoder.restore(before);
    }
    while (offset >= this.#decoder.end) {
      if (this.#advance()) continue;
      throw new Failure('image.truncated', { path: this.path, neededBytes, actualBytes: this.#size! });
    }
  }

  /** One step forward; false at the end, when the size is known. */
  #advance(): boolean {
    this.#throwIfCancelled();
    if (!this.#decoder.decode()) {
      this.#size = this.#decoder.end;
      return false;
    }
    const furthest = this.#checkpoints[this.#checkpoints.length - 1]?.offset ?? 0;
    if (this.#decoder.end - furthest < this.#interval) return true;
    this.#checkpoints.push(this.#decoder.checkpoint());
    if (this.#checkpoints.length === checkpointLimit) {
      this.#checkpoints = this.#checkpoints.filter((_, index) => index % 2 === 1);
      this.#interval *= 2;
    }
    return true;
  }

  #lastCheckpointBefore(offset: number): GzipCheckpoint | null {
    let low = 0;
    let high = this.#checkpoints.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#checkpoints[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#checkpoints[low - 1] ?? null;
  }
}

/** Up to `lengthBytes` from the start of a gzip file, without reading more of it than that takes. */
export function readGzipStart(compressed: ByteSource, lengthBytes: number): Uint8Array {
  const decoder = new GzipDecoder(compressed);
  const start = new Uint8Array(lengthBytes);
  let done = 0;
  while (done < lengthBytes && decoder.decode()) done += decoder.copy(done, start.subarray(done));
  return start.subarray(0, done);
}
