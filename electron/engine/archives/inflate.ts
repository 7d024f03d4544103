/** DEFLATE decoding (RFC 1951) in pieces: it stops wherever the output is full, and can go on from a checkpoint. */
import { inEnglish } from '#shared/in-english.ts';
import { buildHuffmanCode, decodeLongCode, makeHuffmanCode } from './huffman.ts';

/** How far back a match may reach (RFC 1951, section 2). */
export const historyBytes = 32768;
/** How many bytes an output must hold beyond the limit given to decode(): a match less one. */
export const outputSlackBytes = 258;
const longestCode = 15;
/** The most that one symbol with its distance takes, and what the loop may read beyond it. */
const symbolBytes = 16;

/** Bits from a byte source, least significant first. `bytes` holds 16 bytes after `end`, which may be anything. */
export interface BitInput {
  bytes: Uint8Array;
  /** How many of `bytes` are input. */
  end: number;
  /** The next bit, counted from the start of `bytes`. */
  position: number;
  /** Fetches as much as fits, moving what is left to the front; false when there is no more. */
  refill(): boolean;
}

/** Where decoding stands inside a DEFLATE stream. */
export interface InflateState {
  readonly stage: Stage;
  readonly last: boolean;
  readonly storedLeft: number;
  readonly lengths: Uint8Array;
  readonly literalCount: number;
}

type Stage = 'block' | 'stored' | 'codes' | 'end';

/** Thrown for what the stream holds; the caller knows where it lies and makes a Failure of it. */
export class InflateError extends Error {
  /** The input ended inside of the stream. */
  readonly truncated: boolean;
  constructor(problem: string, truncated = false) {
    super(problem);
    this.truncated = truncated;
  }
}

const lengthBase = new Uint16Array([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
]);
const lengthBits = new Uint8Array([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const distanceBase = new Uint16Array([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
]);
const distanceBits = new Uint8Array([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);
const orderOfLengths = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;
const fixedLengths = Uint8Array.from({ length: 288 + 32 }, (_, symbol) =>
  symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : symbol < 288 ? 8 : 5,
);

/** Decodes one DEFLATE stream from `input`. */
export class Inflater {
  readonly #input: BitInput;
  readonly #literals = makeHuffmanCode(10, 288);
  readonly #distances = makeHuffmanCode(9, 32);
  readonly #meta = makeHuffmanCode(7, 19);
  readonly #metaLengths = new Uint8Array(19);
  #lengths = new Uint8Array(288 + 32);
  #literalCount = 0;
  #lengthCount = 0;
  #stage: Stage = 'block';
  #last = false;
  #storedLeft = 0;

  constructor(input: BitInput) {
    this.#input = input;
  }

  /** Begins a new stream at the input's position. */
  reset(): void {
    this.#stage = 'block';
    this.#last = false;
  }

  /** What restore() needs to go on from here. */
  save(): InflateState {
    return {
      stage: this.#stage,
      last: this.#last,
      storedLeft: this.#storedLeft,
      lengths: this.#lengths.slice(0, this.#lengthCount),
      literalCount: this.#literalCount,
    };
  }

  /** Goes back to a saved state; the input must be where it was then. */
  restore(state: InflateState): void {
    this.#stage = state.stage;
    this.#last = state.last;
    this.#storedLeft = state.storedLeft;
    if (state.stage === 'codes') this.#useLengths(state.lengths, state.literalCount);
  }

  /**
   * Decodes into `output` from index `at` on until `limit` is reached (258 bytes beyond it must exist) or the stream
   * ends. Matches reach back to `historyStart` at most. The index after the last byte written.
   * @throws InflateError
   */
  decode(output: Uint8Array, at: number, limit: number, historyStart: number): number {
    let end = at;
    while (end < limit && this.#stage !== 'end') {
      if (this.#stage === 'block') this.#readBlockHeader();
      else if (this.#stage === 'stored') end = this.#copyStored(output, end, limit);
      else end = this.#decodeCodes(output, end, limit, historyStart);
    }
    return end;
  }

  get ended(): boolean {
    return this.#stage === 'end';
  }

  #endBlock(): void {
    this.#stage = this.#last ? 'end' : 'block';
  }

  #bits(count: number): number {
    const input = this.#input;
    if (input.position + count > input.end * 8) input.refill();
    if (input.position + count > input.end * 8)
      throw new InflateError(inEnglish('the stream ends early'), true);
    const value = bitsAt(input.bytes, input.position) & ((1 << count) - 1);
    input.position += count;
    return value;
  }

  #readBlockHeader(): void {
    this.#last = this.#bits(1) === 1;
    const type = this.#bits(2);
    if (type === 0) {
      this.#input.position = Math.ceil(this.#input.position / 8) * 8;
      this.#storedLeft = this.#bits(16);
      if (this.#bits(16) !== (~this.#storedLeft & 0xffff))
        throw new InflateError(inEnglish('a stored block has a wrong length'));
      this.#stage = 'stored';
    } else if (type === 1) {
      this.#useLengths(fixedLengths, 288);
      this.#stage = 'codes';
    } else if (type === 2) {
      this.#readDynamicLengths();
      this.#stage = 'codes';
    } else {
      throw new InflateError(inEnglish('there is no block type 3'));
    }
  }

  /** Section 3.2.7: the lengths of both codes, themselves coded. */
  #readDynamicLengths(): void {
    const literalCount = this.#bits(5) + 257;
    const distanceCount = this.#bits(5) + 1;
    const metaCount = this.#bits(4) + 4;
    if (literalCount > 286 || distanceCount > 30)
      throw new InflateError(inEnglish('a block has too many symbols'));
    this.#metaLengths.fill(0);
    for (let index = 0; index < metaCount; index++) this.#metaLengths[orderOfLengths[index]!] = this.#bits(3);
    const problem = buildHuffmanCode(this.#meta, this.#metaLengths, false);
    if (problem !== null) throw new InflateError(problem);
    const lengths = new Uint8Array(literalCount + distanceCount);
    for (let index = 0; index < lengths.length;) {
      const symbol = this.#metaSymbol();
      if (symbol < 16) {
        lengths[index++] = symbol;
        continue;
      }
      if (symbol === 16 && index === 0) throw new InflateError(inEnglish('a code length repeats nothing'));
      const value = symbol === 16 ? lengths[index - 1]! : 0;
      const times =
        symbol === 16 ? 3 + this.#bits(2) : symbol === 17 ? 3 + this.#bits(3) : 11 + this.#bits(7);
      if (index + times > lengths.length) throw new InflateError(inEnglish('the code lengths run over'));
      lengths.fill(value, index, index + times);
      index += times;
    }
    if (lengths[256] === 0) throw new InflateError(inEnglish('a block has no end'));
    this.#useLengths(lengths, literalCount);
  }

  #metaSymbol(): number {
    const input = this.#input;
    if (input.position + longestCode > input.end * 8) input.refill();
    const entry = this.#meta.quick[bitsAt(input.bytes, input.position) & this.#meta.quickMask]!;
    if (entry === 0) throw this.#problem(inEnglish('a code length has an unknown code'), input.position);
    input.position += entry & 15;
    if (input.position > input.end * 8) throw this.#problem('', input.position);
    return entry >>> 4;
  }

  #useLengths(lengths: Uint8Array, literalCount: number): void {
    this.#lengths.set(lengths);
    this.#lengthCount = lengths.length;
    this.#literalCount = literalCount;
    const problem =
      buildHuffmanCode(this.#literals, lengths.subarray(0, literalCount), true) ??
      buildHuffmanCode(this.#distances, lengths.subarray(literalCount), true);
    if (problem !== null) throw new InflateError(problem);
  }

  /** What is wrong with the code before or at `position`: when it is not all there, it is that the input ended. */
  #problem(problem: string, position: number): InflateError {
    const truncated = position + longestCode > this.#input.end * 8;
    return new InflateError(truncated ? inEnglish('the stream ends early') : problem, truncated);
  }

  #copyStored(output: Uint8Array, at: number, limit: number): number {
    const input = this.#input;
    let end = at;
    while (this.#storedLeft > 0 && end < limit) {
      let from = input.position / 8;
      if (from >= input.end) {
        if (!input.refill()) throw new InflateError(inEnglish('the stream ends early'), true);
        from = input.position / 8;
      }
      const count = Math.min(this.#storedLeft, limit - end, input.end - from);
      output.set(input.bytes.subarray(from, from + count), end);
      end += count;
      this.#storedLeft -= count;
      input.position += count * 8;
    }
    if (this.#storedLeft === 0) this.#endBlock();
    return end;
  }

  /** The loop that all the time goes into: symbols of one block, until the output is full or the block ends. */
  #decodeCodes(output: Uint8Array, at: number, limit: number, historyStart: number): number {
    const input = this.#input;
    const { quick: literalQuick, quickMask: literalMask } = this.#literals;
    const { quick: distanceQuick, quickMask: distanceMask } = this.#distances;
    let end = at;
    let bytes = input.bytes;
    let position = input.position;
    let safe = (input.end - symbolBytes) * 8;
    while (end < limit) {
      if (position > safe) {
        input.position = position;
        const more = input.refill();
        position = input.position;
        // Within 16 bytes of the end of all input a symbol may be made of what lies beyond: it is found out here.
        if (!more && position > input.end * 8) throw this.#problem('', position);
        bytes = input.bytes;
        safe = (input.end - symbolBytes) * 8;
        if (position > safe) safe = input.end * 8;
      }
      let bits = bitsAt(bytes, position);
      let entry = literalQuick[bits & literalMask]!;
      if (entry === 0) entry = decodeLongCode(this.#literals, bits);
      if (entry === 0) throw this.#problem(inEnglish('a symbol has an unknown code'), position);
      position += entry & 15;
      const symbol = entry >>> 4;
      if (symbol < 256) {
        output[end++] = symbol;
        continue;
      }
      if (symbol === 256) {
        if (position > input.end * 8) throw this.#problem('', position);
        input.position = position;
        this.#endBlock();
        return end;
      }
      const lengthIndex = symbol - 257;
      if (lengthIndex > 28) throw this.#problem(inEnglish('a match has an unknown length'), position);
      const extraLength = lengthBits[lengthIndex]!;
      const length = lengthBase[lengthIndex]! + (bitsAt(bytes, position) & ((1 << extraLength) - 1));
      position += extraLength;

      bits = bitsAt(bytes, position);
      entry = distanceQuick[bits & distanceMask]!;
      if (entry === 0) entry = decodeLongCode(this.#distances, bits);
      if (entry === 0) throw this.#problem(inEnglish('a distance has an unknown code'), position);
      position += entry & 15;
      const distanceIndex = entry >>> 4;
      if (distanceIndex > 29) throw this.#problem(inEnglish('a match has an unknown distance'), position);
      const extraDistance = distanceBits[distanceIndex]!;
      const distance = distanceBase[distanceIndex]! + (bitsAt(bytes, position) & ((1 << extraDistance) - 1));
      position += extraDistance;
      let from = end - distance;
      if (from < historyStart) throw this.#problem(inEnglish('a match reaches back too far'), position);
      if (distance === 1) {
        output.fill(output[from]!, end, end + length);
        end += length;
      } else {
        for (const stop = end + length; end < stop;) output[end++] = output[from++]!;
      }
    }
    input.position = position;
    return end;
  }
}

/** At least 17 bits from bit `position` on. */
function bitsAt(bytes: Uint8Array, position: number): number {
  const at = position >>> 3;
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) >>> (position & 7);
}
