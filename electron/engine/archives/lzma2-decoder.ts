/** LZMA2 (as .xz uses it): chunks of LZMA or plain bytes, each at most 2 MiB of output. */
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { CompressedInput } from './compressed-input.ts';
import type { ForwardDecoder } from './decoded-source.ts';
import { LzmaDecoder, LzmaError, symbolInputBytes } from './lzma-decoder.ts';

const chunkInputBytes = 64 << 10;

/** One LZMA2 stream from where `input` stands to its end byte. */
export class Lzma2Decoder implements ForwardDecoder {
  readonly #input: CompressedInput;
  readonly #decoder: LzmaDecoder;
  readonly #buffer = new Uint8Array(chunkInputBytes + symbolInputBytes);
  #needsDictionaryReset = true;
  #needsProperties = true;
  /** What is left of the chunk: bytes of output. */
  #left = 0;
  #isStored = false;
  #inputEnd = 0;
  #ended = false;

  constructor(input: CompressedInput, dictionaryBytes: number) {
    this.#input = input;
    this.#decoder = new LzmaDecoder(dictionaryBytes);
    this.#decoder.input = this.#buffer;
  }

  decode(into: Uint8Array): number {
    if (this.#ended) return 0;
    if (this.#left === 0 && !this.#beginChunk()) {
      this.#ended = true;
      return 0;
    }
    const decoder = this.#decoder;
    const count = Math.min(into.length, decoder.room, this.#left);
    if (this.#isStored) {
      const bytes = this.#input.take(count);
      decoder.store(bytes);
      into.set(bytes);
      this.#left -= count;
      return count;
    }
    const from = decoder.position;
    let made: number;
    try {
      made = decoder.run(count, this.#inputEnd + 1);
      if (made < count || decoder.at > this.#inputEnd)
        throw new LzmaError(inEnglish('a chunk is shorter than its data'));
      this.#left -= made;
      if (this.#left === 0) {
        const isFinished = !decoder.isInsideMatch && decoder.isRangeFinished();
        if (!isFinished || decoder.at !== this.#inputEnd)
          throw new LzmaError(inEnglish('a chunk does not end with its data'));
      }
    } catch (error) {
      throw error instanceof LzmaError ? this.#malformed(error.message) : error;
    }
    into.set(decoder.dictionary.subarray(from, from + made));
    return made;
  }

  /** Reads a chunk's control byte and what belongs to it; false for the end of the stream. */
  #beginChunk(): boolean {
    const control = this.#input.byte();
    if (control === 0) return false;
    if (control === 1 || control >= 0xe0) {
      this.#needsDictionaryReset = false;
      this.#needsProperties = true;
      this.#decoder.resetDictionary();
    } else if (this.#needsDictionaryReset) {
      throw this.#malformed(inEnglish('the first chunk does not reset the dictionary'));
    }
    if (control < 0x80) {
      if (control > 2) throw this.#malformed(inEnglish('there is no such control byte'));
      this.#left = ((this.#input.byte() << 8) | this.#input.byte()) + 1;
      this.#isStored = true;
      return true;
    }
    this.#left = (((control & 0x1f) << 16) | (this.#input.byte() << 8) | this.#input.byte()) + 1;
    const compressedBytes = ((this.#input.byte() << 8) | this.#input.byte()) + 1;
    this.#isStored = false;
    if (control >= 0xc0) {
      const properties = this.#input.byte();
      const lc = properties % 9;
      if (properties >= 225 || lc + (Math.floor(properties / 9) % 5) > 4) {
        throw this.#malformed(inEnglish('there are no such properties'));
      }
      this.#decoder.setProperties(properties);
      this.#needsProperties = false;
    } else if (this.#needsProperties) {
      throw this.#malformed(inEnglish('the first chunk of LZMA has no properties'));
    }
    if (control >= 0xa0) this.#decoder.resetState();
    if (compressedBytes < 5) throw this.#malformed(inEnglish('a chunk is too short'));
    this.#buffer.set(this.#input.take(compressedBytes));
    this.#buffer.fill(0, compressedBytes);
    this.#inputEnd = compressedBytes;
    this.#decoder.at = 0;
    try {
      this.#decoder.beginRange();
    } catch (error) {
      throw error instanceof LzmaError ? this.#malformed(error.message) : error;
    }
    return true;
  }

  #malformed(problem: Message) {
    return this.#input.malformed('LZMA2', 'chunk', problem);
  }
}
