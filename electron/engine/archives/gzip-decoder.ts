/** Decodes gzip members one after the other (RFC 1952) into a window that slides over the output. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import { crc32 } from '../bytes/crc32.ts';
import {
  historyBytes,
  InflateError,
  Inflater,
  outputSlackBytes,
  type BitInput,
  type InflateState,
} from './inflate.ts';

const inputBytes = 256 << 10;
const inputPadding = 16;
const windowLimit = historyBytes + (256 << 10);
/** A header's name or comment (real ones are a few dozen bytes), and the zeros that tapes leave after the last member. */
const longestText = 1 << 20;
const longestPadding = 1 << 20;

/** All that is needed to go on decoding at `offset` of the output. */
export interface GzipCheckpoint {
  readonly offset: number;
  readonly inputOffset: number;
  readonly bit: number;
  readonly history: Uint8Array;
  readonly memberStart: number;
  readonly crc: number;
  readonly state: InflateState;
  readonly inMember: boolean;
}

/** The compressed side: a buffer that moves forward over the file. */
class Input implements BitInput {
  readonly bytes = new Uint8Array(inputBytes + inputPadding);
  end = 0;
  position = 0;
  /** Where in the file `bytes` begins. */
  fileOffset = 0;
  readonly #file: ByteSource;

  constructor(file: ByteSource) {
    this.#file = file;
  }

  /** Continues at that bit of the file. */
  seek(fileOffset: number, bit: number): void {
    this.fileOffset = fileOffset;
    this.end = 0;
    this.position = bit;
  }

  refill(): boolean {
    const used = Math.min(this.position >>> 3, this.end);
    const count = Math.min(
      inputBytes - (this.end - used),
      this.#file.sizeBytes - (this.fileOffset + this.end),
    );
    if (count <= 0) return false;
    this.bytes.copyWithin(0, used, this.end);
    this.fileOffset += used;
    this.end -= used;
    this.position -= used * 8;
    this.#file.read(this.fileOffset + this.end, this.bytes.subarray(this.end, this.end + count));
    this.end += count;
    return true;
  }

  /** The offset in the file of the byte that the next bit is in. */
  get nextOffset(): number {
    return this.fileOffset + (this.position >>> 3);
  }

  alignToByte(): void {
    this.position = Math.ceil(this.position / 8) * 8;
  }

  /** The next whole byte, -1 at the end. */
  byte(): number {
    if (this.position / 8 >= this.end && !this.refill()) return -1;
    const value = this.bytes[this.position / 8]!;
    this.position += 8;
    return value;
  }
}

/** Forward decoding. The last bytes decoded, from `start` to `end` of the output, can be copied out. */
export class GzipDecoder {
  readonly #file: ByteSource;
  readonly #input: Input;
  readonly #inflater: Inflater;
  readonly #window = new Uint8Array(windowLimit + outputSlackBytes);
  /** How much of the window is output, and where in the output the window begins. */
  #windowEnd = 0;
  #windowStart = 0;
  #memberStart = 0;
  #crc = 0;
  #inMember = false;

  constructor(file: ByteSource) {
    this.#file = file;
    this.#input = new Input(file);
    this.#inflater = new Inflater(this.#input);
  }

  get start(): number {
    return this.#windowStart;
  }

  get end(): number {
    return this.#windowStart + this.#windowEnd;
  }

  /** Copies what it has of the output from `offset` on (which lies between start and end); how many bytes it was. */
  copy(offset: number, into: Uint8Array): number {
    const from = offset - this.#windowStart;
    const count = Math.min(into.length, this.#windowEnd - from);
    into.set(this.#window.subarray(from, from + count));
    return count;
  }

  /**
   * One step: up to 256 KiB more, or the rest of a member. False at the end of the file.
   * @throws Failure `image.malformed`, `image.truncated`.
   */
  decode(): boolean {
    if (this.#windowEnd >= windowLimit) {
      const surplus = this.#windowEnd - historyBytes;
      this.#window.copyWithin(0, surplus, this.#windowEnd);
      this.#windowStart += surplus;
      this.#windowEnd = historyBytes;
    }
    if (!this.#inMember && !this.#beginMember()) return false;
    this.#decodeMember();
    return true;
  }

  /** Where the decoder stands. */
  checkpoint(): GzipCheckpoint {
    return {
      offset: this.end,
      inputOffset: this.#input.nextOffset,
      bit: this.#input.position & 7,
      history: this.#window.slice(Math.max(0, this.#windowEnd - historyBytes), this.#windowEnd),
      memberStart: this.#memberStart,
      crc: this.#crc,
      state: this.#inflater.save(),
      inMember: this.#inMember,
    };
  }

  /** Goes to a checkpoint; null is the start of the file. */
  restore(checkpoint: GzipCheckpoint | null): void {
    this.#input.seek(checkpoint?.inputOffset ?? 0, checkpoint?.bit ?? 0);
    const history = checkpoint?.history ?? new Uint8Array(0);
    this.#window.set(history);
    this.#windowEnd = history.length;
    this.#windowStart = (checkpoint?.offset ?? 0) - history.length;
    this.#memberStart = checkpoint?.memberStart ?? 0;
    this.#crc = checkpoint?.crc ?? 0;
    this.#inMember = checkpoint?.inMember ?? false;
    if (checkpoint !== null) this.#inflater.restore(checkpoint.state);
  }

  #decodeMember(): void {
    const from = this.#windowEnd;
    const memberStart = Math.max(0, this.#memberStart - this.#windowStart);
    try {
      this.#windowEnd = this.#inflater.decode(this.#window, from, windowLimit, memberStart);
    } catch (error) {
      if (!(error instanceof InflateError)) throw error;
      throw error.truncated ? this.#truncated() : this.#malformed('deflate stream', 'block', error.message);
    }
    this.#crc = crc32(this.#window.subarray(from, this.#windowEnd), this.#crc);
    if (this.#inflater.ended) this.#endMember();
  }

  /** Reads a member's header (section 2.3); false where the file ends, or holds nothing but zeros (tape padding). */
  #beginMember(): boolean {
    const headerOffset = this.#input.nextOffset;
    const first = this.#input.byte();
    if (first === -1 && headerOffset > 0) return false;
    if (first === 0 && headerOffset > 0) {
      this.#requireZerosToTheEnd();
      return false;
    }
    const header = [first, ...Array.from({ length: 9 }, () => this.#headerByte())];
    const [id1, id2, method, flags] = header as [number, number, number, number];
    if (id1 !== 0x1f || id2 !== 0x8b)
      throw this.#malformed('member header', 'ID', inEnglish('it is not gzip'), headerOffset);
    if (method !== 8)
      throw this.#malformed(
        'member header',
        'CM',
        inEnglish('there is no method {method}', { method }),
        headerOffset + 2,
      );
    if (flags & 0xe0)
      throw this.#malformed('member header', 'FLG', inEnglish('reserved bits are set'), headerOffset + 3);
    if (flags & 4) this.#skipBytes(this.#headerByte() | (this.#headerByte() << 8));
    if (flags & 8) this.#skipText();
    if (flags & 16) this.#skipText();
    if (flags & 2) this.#skipBytes(2);
    this.#memberStart = this.end;
    this.#crc = 0;
    this.#inMember = true;
    this.#inflater.reset();
    return true;
  }

  /** Checks CRC32 and ISIZE (the size modulo 2³²). */
  #endMember(): void {
    this.#input.alignToByte();
    const offset = this.#input.nextOffset;
    const [crc, size] = [this.#trailerWord(), this.#trailerWord()];
    if (crc !== this.#crc)
      throw this.#malformed('member trailer', 'CRC32', inEnglish('the data has another checksum'), offset);
    if (size !== (this.end - this.#memberStart) % 2 ** 32) {
      throw this.#malformed('member trailer', 'ISIZE', inEnglish('the data has another size'), offset + 4);
    }
    this.#inMember = false;
  }

  #trailerWord(): number {
    let word = 0;
    for (let shift = 0; shift < 32; shift += 8) word |= this.#headerByte() << shift;
    return word >>> 0;
  }

  #headerByte(): number {
    const value = this.#input.byte();
    if (value === -1) throw this.#truncated();
    return value;
  }

  #skipBytes(count: number): void {
    for (let index = 0; index < count; index++) this.#headerByte();
  }

  #skipText(): void {
    const offset = this.#input.nextOffset;
    for (let length = 0; this.#headerByte() !== 0; length++) {
      if (length >= longestText)
        throw this.#malformed('member header', 'FNAME', inEnglish('it does not end'), offset);
    }
  }

  #requireZerosToTheEnd(): void {
    const offset = this.#input.nextOffset;
    for (let value = 0, length = 0; value !== -1; value = this.#input.byte(), length++) {
      if (value !== 0 || length > longestPadding)
        throw this.#malformed('file', 'end', inEnglish('something follows the last member'), offset);
    }
  }

  #truncated(): Failure<'image.truncated'> {
    const { path, sizeBytes } = this.#file;
    return new Failure('image.truncated', { path, neededBytes: sizeBytes + 1, actualBytes: sizeBytes });
  }

  #malformed(
    structure: string,
    field: string,
    problem: Message,
    fileOffset = this.#input.nextOffset,
  ): Failure<'image.malformed'> {
    return new Failure('image.malformed', { format: 'gzip', structure, field, fileOffset, problem });
  }
}
