/** LZMA's decoder (LZMA specification of the LZMA SDK; the chunks of LZMA2 use it as well): range coder, probabilities, dictionary. */
import { inEnglish } from '#shared/in-english.ts';
import {
  isMatch,
  isRep,
  isRep0Long,
  isRepG0,
  isRepG1,
  isRepG2,
  literals,
  matchLength,
  posAlign,
  posSlots,
  posSpecial,
  repLength,
} from './lzma-model.ts';

/** The compressed bytes broke the rules of LZMA; `message` says which. */
export class LzmaError extends Error {}

const bitModelTotal = 2048;
const moveBits = 5;
const topValue = 2 ** 24;
/** Within a length coder: two choices, 8 symbols for each of 16 position states twice, 256 symbols. */
const lengthLow = 2;
const lengthMiddle = 130;
const lengthHigh = 258;

/** A symbol needs at most this many compressed bytes. */
export const symbolInputBytes = 20;

/** Decodes into a circular dictionary; whoever uses it feeds `input` and copies out what run() produced. */
export class LzmaDecoder {
  /** Compressed bytes, followed by at least `symbolInputBytes` of anything. */
  input = new Uint8Array(0);
  /** The next compressed byte. */
  at = 0;
  readonly dictionary: Uint8Array;
  /** Where the next byte of output goes in the dictionary. */
  position = 0;
  /** True once an end marker was read. */
  ended = false;
  /** Bytes since the dictionary was reset. */
  #produced = 0;
  #probabilities = new Uint16Array(literals + (0x300 << 4));
  #range = 0;
  #code = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;
  #lc = 3;
  #literalMask = 0;
  #posMask = 3;
  /** What is left of a match that did not fit into the last run. */
  #pendingLength = 0;

  constructor(dictionaryBytes: number) {
    this.dictionary = new Uint8Array(Math.max(4096, dictionaryBytes));
  }

  /** Forgets all output. */
  resetDictionary(): void {
    this.#produced = 0;
    this.#pendingLength = 0;
  }

  get dictionaryIsEmpty(): boolean {
    return this.#produced === 0;
  }

  /** Whether a match goes on beyond what was asked for. */
  get isInsideMatch(): boolean {
    return this.#pendingLength > 0;
  }

  /** `properties`: (pb × 5 + lp) × 9 + lc. @throws LzmaError. */
  setProperties(properties: number): void {
    if (properties >= 225) throw new LzmaError(inEnglish('there are no such properties'));
    const lc = properties % 9;
    const lp = Math.floor(properties / 9) % 5;
    const pb = Math.floor(properties / 45);
    this.#lc = lc;
    this.#literalMask = (1 << lp) - 1;
    this.#posMask = (1 << pb) - 1;
    const count = literals + (0x300 << (lc + lp));
    if (this.#probabilities.length < count) this.#probabilities = new Uint16Array(count);
  }

  resetState(): void {
    this.#state = 0;
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
    this.#probabilities.fill(bitModelTotal / 2);
  }

  /** Takes the first five bytes of a range coder's stream from the input. @throws LzmaError. */
  beginRange(): void {
    const { input } = this;
    if (input[this.at] !== 0) throw new LzmaError(inEnglish('the range coder does not begin with zero'));
    this.#code =
      ((input[this.at + 1]! << 24) |
        (input[this.at + 2]! << 16) |
        (input[this.at + 3]! << 8) |
        input[this.at + 4]!) >>>
      0;
    this.#range = 0xffffffff;
    this.at += 5;
  }

  /** Whether the range coder stands where a stream without an end marker ends; reads the byte that is still due. */
  isRangeFinished(): boolean {
    this.#normalise();
    return this.#code === 0;
  }

  /** Puts bytes into the dictionary that were stored as they are. At most up to its end. */
  store(bytes: Uint8Array): void {
    this.dictionary.set(bytes, this.position);
    this.#produced += bytes.length;
    this.position += bytes.length;
    if (this.position === this.dictionary.length) this.position = 0;
  }

  /** How much can be produced before the dictionary goes round. */
  get room(): number {
    return this.dictionary.length - this.position;
  }

  /**
   * Decodes until `count` bytes (at most `room`) are there, an end marker came, or the next symbol might need input from
   * `inputEnd` on. They lie in the dictionary from the position before the call on. @returns how many.
   * @throws LzmaError.
   */
  run(count: number, inputEnd: number): number {
    const { dictionary, input } = this;
    const size = dictionary.length;
    const probabilities = this.#probabilities;
    const start = this.position;
    const end = start + count;
    const firstProduced = this.#produced;
    const posMask = this.#posMask;
    const lc = this.#lc;
    let position = start;
    if (this.#pendingLength > 0) position = this.#copyMatch(position, end);
    while (position < end && this.at < inputEnd) {
      const produced = firstProduced + (position - start);
      const posState = produced & posMask;
      let state = this.#state;
      if (this.#bit(isMatch + (state << 4) + posState) === 0) {
        const before = position > 0 ? dictionary[position - 1]! : produced > 0 ? dictionary[size - 1]! : 0;
        const table = literals + 0x300 * (((produced & this.#literalMask) << lc) + (before >> (8 - lc)));
        // The most frequent path: the range coder in local variables.
        let range = this.#range;
        let code = this.#code;
        let at = this.at;
        let symbol = 1;
        if (state >= 7) {
          const from = position - this.#rep0 - 1;
          let matched = dictionary[from < 0 ? from + size : from]!;
          do {
            matched <<= 1;
            const matchBit = matched & 0x100;
            const index = table + 0x100 + matchBit + symbol;
            const probability = probabilities[index]!;
            if (range < topValue) {
              range = (range << 8) >>> 0;
              code = ((code << 8) | input[at++]!) >>> 0;
            }
            const bound = Math.imul(range >>> 11, probability) >>> 0;
            if (code < bound) {
              range = bound;
              probabilities[index] = probability + ((bitModelTotal - probability) >> moveBits);
              symbol <<= 1;
              if (matchBit !== 0) break;
            } else {
              range = range - bound;
              code = code - bound;
              probabilities[index] = probability - (probability >> moveBits);
              symbol = (symbol << 1) | 1;
              if (matchBit === 0) break;
            }
          } while (symbol < 0x100);
        }
        while (symbol < 0x100) {
          const index = table + symbol;
          const probability = probabilities[index]!;
          if (range < topValue) {
            range = (range << 8) >>> 0;
            code = ((code << 8) | input[at++]!) >>> 0;
          }
          const bound = Math.imul(range >>> 11, probability) >>> 0;
          if (code < bound) {
            range = bound;
            probabilities[index] = probability + ((bitModelTotal - probability) >> moveBits);
            symbol <<= 1;
          } else {
            range = range - bound;
            code = code - bound;
            probabilities[index] = probability - (probability >> moveBits);
            symbol = (symbol << 1) | 1;
          }
        }
        this.#range = range;
        this.#code = code;
        this.at = at;
        dictionary[position++] = symbol;
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        this.#state = state;
        continue;
      }
      if (this.#readMatch(state, posState)) {
        this.ended = true;
        break;
      }
      if (this.#rep0 >= produced || this.#rep0 >= size) {
        throw new LzmaError(inEnglish('a match reaches before the beginning'));
      }
      position = this.#copyMatch(position, end);
    }
    this.#produced = firstProduced + (position - start);
    this.position = position === size ? 0 : position;
    return position - start;
  }

  /** Reads what follows a set match bit into rep0 and the pending length; true for an end marker. */
  #readMatch(state: number, posState: number): boolean {
    if (this.#bit(isRep + state) === 0) {
      this.#rep3 = this.#rep2;
      this.#rep2 = this.#rep1;
      this.#rep1 = this.#rep0;
      const length = this.#length(matchLength, posState);
      this.#state = state < 7 ? 7 : 10;
      this.#rep0 = this.#distance(Math.min(length, 3));
      this.#pendingLength = length + 2;
      if (this.#rep0 !== 0xffffffff) return false;
      this.#pendingLength = 0;
      return true;
    }
    if (this.#bit(isRepG0 + state) === 0) {
      if (this.#bit(isRep0Long + (state << 4) + posState) === 0) {
        this.#state = state < 7 ? 9 : 11;
        this.#pendingLength = 1;
        return false;
      }
    } else {
      let distance = this.#rep1;
      if (this.#bit(isRepG1 + state) !== 0) {
        distance = this.#rep2;
        if (this.#bit(isRepG2 + state) !== 0) {
          distance = this.#rep3;
          this.#rep3 = this.#rep2;
        }
        this.#rep2 = this.#rep1;
      }
      this.#rep1 = this.#rep0;
      this.#rep0 = distance;
    }
    this.#state = state < 7 ? 8 : 11;
    this.#pendingLength = this.#length(repLength, posState) + 2;
    return false;
  }

  #length(coder: number, posState: number): number {
    if (this.#bit(coder) === 0) return this.#tree(coder + lengthLow + (posState << 3), 8) - 8;
    if (this.#bit(coder + 1) === 0) return this.#tree(coder + lengthMiddle + (posState << 3), 8);
    return this.#tree(coder + lengthHigh, 256) - 256 + 16;
  }

  /** A distance less one, whose slot's probabilities depend on the match's length. */
  #distance(lengthState: number): number {
    const slot = this.#tree(posSlots + (lengthState << 6), 64) - 64;
    if (slot < 4) return slot;
    const directBits = (slot >> 1) - 1;
    let distance = (2 | (slot & 1)) << directBits;
    if (slot < 14) return distance + this.#reverseTree(posSpecial + distance - slot - 1, directBits);
    let direct = 0;
    for (let bit = directBits - 4; bit > 0; bit--) {
      this.#normalise();
      this.#range >>>= 1;
      if (this.#code >= this.#range) {
        this.#code -= this.#range;
        direct = (direct << 1) | 1;
      } else {
        direct <<= 1;
      }
    }
    distance = (distance | (direct << 4)) >>> 0;
    return (distance | this.#reverseTree(posAlign, 4)) >>> 0;
  }

  /** The symbol of a bit tree with the tree's leading one. */
  #tree(base: number, limit: number): number {
    let symbol = 1;
    do symbol = (symbol << 1) | this.#bit(base + symbol);
    while (symbol < limit);
    return symbol;
  }

  #reverseTree(base: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let index = 0; index < bits; index++) {
      const bit = this.#bit(base + node);
      node = (node << 1) | bit;
      value |= bit << index;
    }
    return value;
  }

  #bit(index: number): number {
    const probability = this.#probabilities[index]!;
    if (this.#range < topValue) {
      this.#range = (this.#range << 8) >>> 0;
      this.#code = ((this.#code << 8) | this.input[this.at++]!) >>> 0;
    }
    const bound = Math.imul(this.#range >>> 11, probability) >>> 0;
    if (this.#code < bound) {
      this.#range = bound;
      this.#probabilities[index] = probability + ((bitModelTotal - probability) >> moveBits);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    this.#probabilities[index] = probability - (probability >> moveBits);
    return 1;
  }

  #normalise(): void {
    if (this.#range >= topValue) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.input[this.at++]!) >>> 0;
  }

  /** Copies the pending match up to `end`; the new position. */
  #copyMatch(position: number, end: number): number {
    const { dictionary } = this;
    const size = dictionary.length;
    const count = Math.min(this.#pendingLength, end - position);
    const distance = this.#rep0 + 1;
    this.#pendingLength -= count;
    let from = position - distance;
    if (from >= 0) {
      if (distance >= count && count > 32) dictionary.copyWithin(position, from, from + count);
      else for (let to = position; to < position + count; to++) dictionary[to] = dictionary[from++]!;
      return position + count;
    }
    from += size;
    for (let to = position; to < position + count; to++) {
      dictionary[to] = dictionary[from++]!;
      if (from === size) from = 0;
    }
    return position + count;
  }
}
