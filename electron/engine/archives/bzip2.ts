/** .bz2 files (bzip2 1.0, any number of streams): decoded forward, entered again at any block that was seen once. */
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import { readBytes } from '../bytes/source.ts';
import { Bzip2Block, Bzip2Error, type HighBits } from './bzip2-block.ts';
import { CompressedInput } from './compressed-input.ts';
import type { CompressedStream, ForwardDecoder } from './decoded-source.ts';

/** The numbers that begin a block and end a stream, in two halves. */
const blockMagic = [0x314159, 0x265359] as const;
const endMagic = [0x177245, 0x385090] as const;
const levelBytes = 100_000;
/** Restart points kept: 59 GB of output, at 32 bytes each. */
const restartLimit = 1 << 16;

/** Whether the file begins with a stream: its header, and a block or the end. */
export function isBzip2(file: ByteSource): boolean {
  if (file.sizeBytes < 14) return false;
  const head = readBytes(file, 0, 10);
  const level = head[3]! - 0x30;
  if (head[0] !== 0x42 || head[1] !== 0x5a || head[2] !== 0x68 || level < 1 || level > 9) return false;
  const magic = (at: number): number => (head[at]! << 16) | (head[at + 1]! << 8) | head[at + 2]!;
  return [blockMagic, endMagic].some(([high, low]) => magic(4) === high && magic(7) === low);
}

/** Where a block begins: in the output, and in the bits of the file. */
interface Restart {
  readonly outputOffset: number;
  readonly fileBit: number;
  readonly level: number;
  readonly combinedCrc: number;
}

/** The streams of `file`. */
export function bzip2Stream(file: ByteSource): CompressedStream {
  const restarts: Restart[] = [];
  const before = (outputOffset: number): Restart | null => {
    let low = 0;
    let high = restarts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (restarts[middle]!.outputOffset <= outputOffset) low = middle + 1;
      else high = middle;
    }
    return restarts[low - 1] ?? null;
  };
  return {
    statedBytes: () => null,
    restartBefore: (outputOffset) => before(outputOffset)?.outputOffset ?? 0,
    decoderAt: (restart) => new Bzip2Decoder(file, before(restart), restarts),
  };
}

/** The bits of the file from the highest of each byte down. */
class BitReader implements HighBits {
  readonly #input: CompressedInput;
  #buffer = 0;
  #count = 0;

  constructor(input: CompressedInput) {
    this.#input = input;
  }

  /** Which bit of the file comes next. */
  get position(): number {
    return this.#input.offset * 8 - this.#count;
  }

  bits(count: number): number {
    while (this.#count < count) {
      // At most 24 bits are wanted and at most 7 were left: 32 bits hold them.
      this.#buffer = (this.#buffer << 8) | this.#input.byte();
      this.#count += 8;
    }
    this.#count -= count;
    return (this.#buffer >>> this.#count) & ((1 << count) - 1);
  }

  word(): number {
    return ((this.bits(16) << 16) | this.bits(16)) >>> 0;
  }

  alignToByte(): void {
    this.#count -= this.#count & 7;
  }

  seek(bit: number): void {
    this.#input.seek(Math.floor(bit / 8));
    this.#count = 0;
    this.bits(bit % 8);
  }

  /** Whether the file's next byte is the next eight bits. */
  get isAligned(): boolean {
    return this.#count === 0;
  }

  /** Whether nothing follows but a rest of the last byte. */
  get ended(): boolean {
    return this.#count < 8 && this.#input.ended;
  }
}

class Bzip2Decoder implements ForwardDecoder {
  readonly #input: CompressedInput;
  readonly #bits: BitReader;
  readonly #restarts: Restart[];
  #block: Bzip2Block | null = null;
  #level = 0;
  #inStream = false;
  #inBlock = false;
  #blockCrc = 0;
  #combinedCrc = 0;
  #made = 0;

  constructor(file: ByteSource, restart: Restart | null, restarts: Restart[]) {
    this.#input = new CompressedInput(file, 'bzip2');
    this.#bits = new BitReader(this.#input);
    this.#restarts = restarts;
    if (restart === null) return;
    this.#setLevel(restart.level);
    this.#inStream = true;
    this.#combinedCrc = restart.combinedCrc;
    this.#made = restart.outputOffset;
    this.#bits.seek(restart.fileBit);
  }

  decode(into: Uint8Array): number {
    try {
      while (true) {
        if (!this.#inStream && !this.#beginStream()) return 0;
        if (!this.#inBlock && !this.#beginBlock()) continue;
        const count = this.#block!.read(into);
        this.#made += count;
        if (count > 0) return count;
        this.#endBlock();
      }
    } catch (error) {
      throw error instanceof Bzip2Error ? this.#input.malformed('block', 'data', error.message) : error;
    }
  }

  #beginStream(): boolean {
    const bits = this.#bits;
    if (bits.ended || (bits.isAligned && this.#input.offset > 0 && this.#input.endsInZeros())) return false;
    const { offset } = this.#input;
    const isHeader = bits.bits(8) === 0x42 && bits.bits(8) === 0x5a && bits.bits(8) === 0x68;
    const level = isHeader ? bits.bits(8) - 0x30 : 0;
    if (level < 1 || level > 9)
      throw this.#input.malformed('stream header', 'magic', inEnglish('no stream begins here'), offset);
    this.#setLevel(level);
    this.#inStream = true;
    this.#combinedCrc = 0;
    return true;
  }

  #setLevel(level: number): void {
    if (level === this.#level) return;
    this.#level = level;
    this.#block = new Bzip2Block(level * levelBytes);
  }

  /** Loads the next block; false at the end of the stream. */
  #beginBlock(): boolean {
    const bits = this.#bits;
    const { offset } = this.#input;
    const fileBit = bits.position;
    const high = bits.bits(24);
    const low = bits.bits(24);
    const crc = bits.word();
    if (high === endMagic[0] && low === endMagic[1]) {
      if (crc !== this.#combinedCrc) {
        throw this.#input.malformed(
          'stream',
          'combined CRC',
          inEnglish('the blocks have another one'),
          offset,
        );
      }
      bits.alignToByte();
      this.#inStream = false;
      return false;
    }
    if (high !== blockMagic[0] || low !== blockMagic[1]) {
      throw this.#input.malformed('block', 'magic', inEnglish('no block begins here'), offset);
    }
    this.#noteRestart(fileBit);
    this.#blockCrc = crc;
    this.#block!.load(bits);
    this.#inBlock = true;
    return true;
  }

  #noteRestart(fileBit: number): void {
    const last = this.#restarts[this.#restarts.length - 1];
    if (this.#restarts.length === restartLimit || (last?.outputOffset ?? -1) >= this.#made) return;
    const restart = {
      outputOffset: this.#made,
      fileBit,
      level: this.#level,
      combinedCrc: this.#combinedCrc,
    };
    this.#restarts.push(restart);
  }

  #endBlock(): void {
    const { crc } = this.#block!;
    if (crc !== this.#blockCrc) {
      throw this.#input.malformed('block', 'CRC', inEnglish('the data have another one'));
    }
    this.#combinedCrc = (((this.#combinedCrc << 1) | (this.#combinedCrc >>> 31)) ^ crc) >>> 0;
    this.#inBlock = false;
  }
}
