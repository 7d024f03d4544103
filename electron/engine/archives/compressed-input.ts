/** The compressed side of a decoder: a buffer that moves forward over the file. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';

const bufferBytes = 256 << 10;
const longestPadding = 1 << 20;

/** Bytes from `offset` of the file on. Reads ahead up to 256 KiB. */
export class CompressedInput {
  readonly file: ByteSource;
  readonly #format: string;
  #buffer = new Uint8Array(bufferBytes);
  #bufferOffset: number;
  #at = 0;
  #end = 0;

  /** `format` is what failures call it. */
  constructor(file: ByteSource, format: string, offset = 0) {
    this.file = file;
    this.#format = format;
    this.#bufferOffset = offset;
  }

  /** Where in the file the next byte lies. */
  get offset(): number {
    return this.#bufferOffset + this.#at;
  }

  /** Goes there. */
  seek(offset: number): void {
    const at = offset - this.#bufferOffset;
    if (at >= 0 && at <= this.#end) {
      this.#at = at;
      return;
    }
    this.#bufferOffset = offset;
    this.#at = this.#end = 0;
  }

  /** Whether nothing is left. */
  get ended(): boolean {
    return this.offset >= this.file.sizeBytes;
  }

  /** The next byte. @throws Failure `image.truncated`. */
  byte(): number {
    if (this.#at === this.#end) this.#refill(1);
    return this.#buffer[this.#at++]!;
  }

  /** The next `lengthBytes` (at most 256 KiB), valid until the next call. @throws Failure `image.truncated`. */
  take(lengthBytes: number): Uint8Array {
    if (this.#end - this.#at < lengthBytes) this.#refill(lengthBytes);
    this.#at += lengthBytes;
    return this.#buffer.subarray(this.#at - lengthBytes, this.#at);
  }

  /** Looks at up to `lengthBytes` without going on; fewer at the end of the file. */
  peek(lengthBytes: number): Uint8Array {
    const wanted = Math.min(lengthBytes, this.file.sizeBytes - this.offset);
    if (this.#end - this.#at < wanted) this.#refill(wanted);
    return this.#buffer.subarray(this.#at, this.#at + Math.max(0, wanted));
  }

  /** What is buffered, at least one byte, at most `limitBytes`; none at the end of the file. skip() says what was used. */
  available(limitBytes = bufferBytes): Uint8Array {
    if (this.#at === this.#end && !this.ended) this.#refill(1);
    return this.#buffer.subarray(this.#at, Math.min(this.#end, this.#at + limitBytes));
  }

  skip(lengthBytes: number): void {
    this.seek(this.offset + lengthBytes);
  }

  /**
   * Whether nothing but zeros follows, as tapes and media pad files; goes to the end then.
   * @throws Failure `image.malformed` when something comes behind them.
   */
  endsInZeros(): boolean {
    if (this.ended || this.peek(1)[0] !== 0) return false;
    const start = this.offset;
    for (let length = 0; !this.ended; length++) {
      if (this.byte() !== 0 || length > longestPadding) {
        throw this.malformed('file', 'end', inEnglish('something follows the last member'), start);
      }
    }
    return true;
  }

  u32le(): number {
    const bytes = this.take(4);
    return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
  }

  malformed(
    structure: string,
    field: string,
    problem: Message,
    fileOffset = this.offset,
  ): Failure<'image.malformed'> {
    return new Failure('image.malformed', { format: this.#format, structure, field, fileOffset, problem });
  }

  unsupported(feature: Message): Failure<'image.unsupported'> {
    return new Failure('image.unsupported', { format: this.#format, feature });
  }

  truncated(neededBytes = this.file.sizeBytes + 1): Failure<'image.truncated'> {
    const { path, sizeBytes } = this.file;
    return new Failure('image.truncated', { path, neededBytes, actualBytes: sizeBytes });
  }

  #refill(neededBytes: number): void {
    const { sizeBytes } = this.file;
    const next = this.#bufferOffset + this.#at;
    if (next + neededBytes > sizeBytes) throw this.truncated(next + neededBytes);
    this.#buffer.copyWithin(0, this.#at, this.#end);
    this.#bufferOffset = next;
    this.#end -= this.#at;
    this.#at = 0;
    const count = Math.min(bufferBytes - this.#end, sizeBytes - (next + this.#end));
    this.file.read(next + this.#end, this.#buffer.subarray(this.#end, this.#end + count));
    this.#end += count;
  }
}
