/** gzip files (RFC 1952, any number of members) as a source: decompressed as it is read, with places to go back to. */
import { constants } from 'node:zlib';
import { crc32 } from '../bytes/crc32.ts';
import type { ByteSource } from '../bytes/source.ts';
import { CompressedInput } from './compressed-input.ts';
import { DecodedSource, type CompressedStream, type ForwardDecoder } from './decoded-source.ts';
import { GzipDecoder, type GzipCheckpoint } from './gzip-decoder.ts';
import { endGzipMember, skipGzipHeader } from './gzip-member.ts';
import { inflateStream, type NativeStream } from './native-stream.ts';

/** Checkpoints kept at most: each holds 32 KiB, so that the longest stream costs 17 MB. */
const checkpointLimit = 512;
const firstIntervalBytes = 4 << 20;
/** Starting again at the beginning costs less than this much decoding by own code, which keeps checkpoints. */
const nearBeginningBytes = 16 << 20;
/** Whoever starts more often than looking at both ends takes does not go forward only. */
const startLimit = 8;

/** Whether the file begins as gzip does (with the one compression method there is). Never throws for what it holds. */
export function isGzip(file: ByteSource): boolean {
  const head = new Uint8Array(4);
  if (file.sizeBytes < 18) return false;
  file.read(0, head);
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8 && (head[3]! & 0xe0) === 0;
}

/**
 * The decompressed bytes. Reading on is cheap; reading far back the first time decodes again from the start, and leaves
 * checkpoints for the next time. The size costs one pass over everything (once).
 */
export class GzipSource extends DecodedSource {
  /** Takes ownership of `compressed`. `throwIfCancelled` is called between the steps of a long way forward. */
  constructor(compressed: ByteSource, path: string, throwIfCancelled: () => void = () => {}) {
    super(compressed, path, gzipStream(compressed), { throwIfCancelled });
  }
}

/**
 * The members of `file`. zlib decodes where reading goes forward only; it cannot stop and go on elsewhere, so that for
 * going back there is an inflater of our own, at less than half the speed.
 */
export function gzipStream(file: ByteSource): CompressedStream {
  const checkpoints = new Checkpoints();
  let starts = 0;
  return {
    statedBytes: () => null,
    restartBefore: (outputOffset) => checkpoints.before(outputOffset)?.offset ?? 0,
    decoderAt(restart, outputOffset) {
      const staysNear = restart === 0 && outputOffset < nearBeginningBytes && ++starts <= startLimit;
      const native = staysNear ? inflateStream() : null;
      return native === null
        ? new CheckpointingDecoder(file, checkpoints, restart)
        : new NativeGzipDecoder(file, native);
    },
  };
}

/** Places to go on from, at most `checkpointLimit`, evenly spread. */
class Checkpoints {
  #list: GzipCheckpoint[] = [];
  #interval = firstIntervalBytes;

  before(outputOffset: number): GzipCheckpoint | null {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#list[middle]!.offset <= outputOffset) low = middle + 1;
      else high = middle;
    }
    return this.#list[low - 1] ?? null;
  }

  offer(decoder: GzipDecoder): void {
    const furthest = this.#list[this.#list.length - 1]?.offset ?? 0;
    if (decoder.end - furthest < this.#interval) return;
    this.#list.push(decoder.checkpoint());
    if (this.#list.length < checkpointLimit) return;
    this.#list = this.#list.filter((_, index) => index % 2 === 1);
    this.#interval *= 2;
  }
}

/** Own inflater. */
class CheckpointingDecoder implements ForwardDecoder {
  readonly #decoder: GzipDecoder;
  readonly #checkpoints: Checkpoints;
  #offset: number;

  constructor(file: ByteSource, checkpoints: Checkpoints, restart: number) {
    this.#decoder = new GzipDecoder(file);
    this.#checkpoints = checkpoints;
    this.#offset = restart;
    if (restart > 0) this.#decoder.restore(checkpoints.before(restart));
  }

  decode(into: Uint8Array): number {
    const decoder = this.#decoder;
    while (this.#offset === decoder.end) {
      if (!decoder.decode()) return 0;
      this.#checkpoints.offer(decoder);
    }
    const count = decoder.copy(this.#offset, into);
    this.#offset += count;
    return count;
  }
}

/** zlib, with headers and trailers read here. */
class NativeGzipDecoder implements ForwardDecoder {
  readonly #input: CompressedInput;
  readonly #native: NativeStream;
  #inMember = false;
  #crc = 0;
  #made = 0;

  constructor(file: ByteSource, native: NativeStream) {
    this.#input = new CompressedInput(file, 'gzip');
    this.#native = native;
  }

  decode(into: Uint8Array): number {
    const input = this.#input;
    while (true) {
      if (!this.#inMember && !this.#beginMember()) return 0;
      const available = input.available();
      if (available.length === 0) throw input.truncated();
      const { inputLeft, outputLeft, problem } = this.#native.step(constants.Z_NO_FLUSH, available, into);
      if (problem !== null) throw input.malformed('deflate stream', 'block', problem);
      input.skip(available.length - inputLeft);
      const count = into.length - outputLeft;
      this.#crc = crc32(into.subarray(0, count), this.#crc);
      this.#made += count;
      // With room left in the output, zlib leaves input alone only behind the end of its stream.
      if (outputLeft > 0 && inputLeft > 0) {
        endGzipMember(input, this.#crc, this.#made);
        this.#inMember = false;
      }
      if (count > 0) return count;
    }
  }

  #beginMember(): boolean {
    if (!skipGzipHeader(this.#input)) return false;
    this.#native.reset();
    this.#inMember = true;
    this.#crc = 0;
    this.#made = 0;
    return true;
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
