/** .lzma files, "LZMA alone" (LZMA SDK, lzma-specification.txt): 13 bytes of header, one stream, no checksum. */
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import { readBytes } from '../bytes/source.ts';
import { CompressedInput } from './compressed-input.ts';
import {
  usualHistoryLimitBytes,
  type CompressedStream,
  type DecodeLimits,
  type ForwardDecoder,
} from './decoded-source.ts';
import { LzmaDecoder, LzmaError, symbolInputBytes } from './lzma-decoder.ts';

const headerBytes = 13;
const unknownSize = 0xffffffffffffffffn;
/** As `xz` does when it guesses: larger sizes are not taken for a header. */
const sizeLimit = 1n << 38n;
const pieceBytes = 64 << 10;

interface Header {
  readonly properties: number;
  readonly dictionaryBytes: number;
  /** Null: an end marker says where the end is. */
  readonly sizeBytes: number | null;
}

/**
 * Whether the file begins as the usual encoders write .lzma. The format has no magic number, so this asks for the usual
 * properties (lc 3, lp 0, pb 2), a dictionary of 2^n or 2^n + 2^(n−1), a credible size, and the zero that all data begin with.
 */
export function isLzmaAlone(file: ByteSource): boolean {
  if (file.sizeBytes < headerBytes + 5) return false;
  const head = readBytes(file, 0, headerBytes + 1);
  if (head[0] !== 0x5d || head[headerBytes] !== 0) return false;
  const view = new DataView(head.buffer);
  const dictionaryBytes = view.getUint32(1, true);
  const size = view.getBigUint64(5, true);
  return isPlausibleDictionary(dictionaryBytes) && (size === unknownSize || size < sizeLimit);
}

function isPlausibleDictionary(sizeBytes: number): boolean {
  if (sizeBytes === 0xffffffff) return true;
  if (sizeBytes < 4096) return false;
  const power = 2 ** Math.floor(Math.log2(sizeBytes));
  return sizeBytes === power || sizeBytes === power * 1.5;
}

/** The stream in `file`. @throws Failure `image.*` as it is read. */
export function lzmaAloneStream(file: ByteSource, limits: DecodeLimits): CompressedStream {
  return {
    restartBefore: () => 0,
    decoderAt: () => new LzmaAloneDecoder(file, limits),
    statedBytes: () => readHeader(new CompressedInput(file, 'lzma')).sizeBytes,
  };
}

function readHeader(input: CompressedInput): Header {
  const properties = input.byte();
  const dictionaryBytes = input.u32le();
  const low = input.u32le();
  const high = input.u32le();
  if (properties >= 225) throw input.malformed('header', 'properties', inEnglish('there are no such'), 0);
  if (low === 0xffffffff && high === 0xffffffff) return { properties, dictionaryBytes, sizeBytes: null };
  const sizeBytes = high * 2 ** 32 + low;
  if (!Number.isSafeInteger(sizeBytes)) throw input.malformed('header', 'size', inEnglish('it is absurd'), 5);
  return { properties, dictionaryBytes, sizeBytes };
}

class LzmaAloneDecoder implements ForwardDecoder {
  readonly #input: CompressedInput;
  readonly #decoder: LzmaDecoder;
  #left: number;
  readonly #sizeIsKnown: boolean;
  #finished = false;

  constructor(file: ByteSource, limits: DecodeLimits) {
    this.#input = new CompressedInput(file, 'lzma');
    const header = readHeader(this.#input);
    const limit = limits.historyLimitBytes ?? usualHistoryLimitBytes;
    // A dictionary longer than the output is never filled.
    const dictionaryBytes = Math.min(header.dictionaryBytes, header.sizeBytes ?? Infinity);
    if (dictionaryBytes > limit) {
      throw this.#input.unsupported(
        inEnglish('a dictionary of {dictionaryBytes} bytes (at most {limit})', { dictionaryBytes, limit }),
      );
    }
    this.#sizeIsKnown = header.sizeBytes !== null;
    this.#left = header.sizeBytes ?? Infinity;
    this.#decoder = new LzmaDecoder(dictionaryBytes);
    this.#decoder.input = new Uint8Array(pieceBytes + symbolInputBytes);
    this.#decoder.setProperties(header.properties);
    this.#decoder.resetState();
    this.#load();
    this.#rethrow(() => this.#decoder.beginRange());
  }

  decode(into: Uint8Array): number {
    const decoder = this.#decoder;
    while (!this.#finished) {
      if (this.#left === 0) return this.#finish();
      if (decoder.at >= this.#pieceEnd - symbolInputBytes && !this.#isLastPiece) this.#load();
      const count = Math.min(into.length, decoder.room, this.#left);
      const from = decoder.position;
      const inputEnd = this.#isLastPiece ? this.#pieceEnd + 1 : this.#pieceEnd - symbolInputBytes;
      const made = this.#rethrow(() => decoder.run(count, inputEnd));
      if (decoder.at > this.#pieceEnd) throw this.#input.truncated();
      this.#left -= made;
      into.set(decoder.dictionary.subarray(from, from + made));
      if (decoder.ended) {
        if (this.#sizeIsKnown && this.#left > 0)
          throw this.#malformed(inEnglish('the end marker comes too early'));
        this.#left = 0;
      } else if (made === 0 && this.#isLastPiece && decoder.at >= this.#pieceEnd) {
        throw this.#input.truncated();
      }
      if (made > 0) return made;
    }
    return 0;
  }

  #pieceEnd = 0;
  #isLastPiece = false;

  /** Keeps what was not used and reads on. */
  #load(): void {
    const decoder = this.#decoder;
    const kept = this.#pieceEnd - decoder.at;
    decoder.input.copyWithin(0, decoder.at, this.#pieceEnd);
    const wanted = Math.min(pieceBytes - kept, this.#input.file.sizeBytes - this.#input.offset);
    decoder.input.set(this.#input.take(wanted), kept);
    decoder.at = 0;
    this.#pieceEnd = kept + wanted;
    this.#isLastPiece = this.#input.ended;
    if (this.#pieceEnd < 5) throw this.#input.truncated();
    decoder.input.fill(0, this.#pieceEnd);
  }

  /** A stream of known size may have an end marker too; after it nothing follows. */
  #finish(): number {
    const decoder = this.#decoder;
    if (!decoder.ended) {
      if (decoder.isInsideMatch) throw this.#malformed(inEnglish('a match goes beyond the end'));
      if (
        !decoder.isRangeFinished() &&
        !this.#rethrow(
          () => decoder.run(Math.min(1, decoder.room), this.#pieceEnd + 1) === 0 && decoder.ended,
        )
      ) {
        throw this.#malformed(inEnglish('the data do not end where the size says'));
      }
    }
    if (decoder.at > this.#pieceEnd) throw this.#input.truncated();
    this.#finished = true;
    return 0;
  }

  #rethrow<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof LzmaError)) throw error;
      // Beyond the end of a file that was cut off, anything may look wrong.
      if (this.#isLastPiece && this.#decoder.at > this.#pieceEnd) throw this.#input.truncated();
      throw this.#malformed(error.message);
    }
  }

  #malformed(problem: Message) {
    return this.#input.malformed(
      'stream',
      'symbol',
      problem,
      this.#input.offset - (this.#pieceEnd - this.#decoder.at),
    );
  }
}
