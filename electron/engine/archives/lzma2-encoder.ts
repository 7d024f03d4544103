/** Writes LZMA2: greedy matches with one look ahead, in the manner of liblzma's fast mode; the same bytes on every system. */
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
import { commonLength, longestMatch, MatchFinder, niceLength } from './match-finder.ts';
import { RangeEncoder } from './range-encoder.ts';

/** lc 3, lp 0, pb 2. */
const properties = 93;
const literalContextBits = 3;
const posMask = 3;
const chunkOutputBytes = 2 << 20;
const chunkInputBytes = 64 << 10;
/** What one symbol can add to a chunk, with room to spare. */
const symbolRoomBytes = 64;
const storedChunkBytes = 64 << 10;

export class Lzma2Encoder {
  readonly #finder: MatchFinder;
  readonly #range = new RangeEncoder();
  readonly #chunk = new Uint8Array(chunkInputBytes + 4096);
  readonly #probabilities = new Uint16Array(literals + (0x300 << literalContextBits));
  #block: Uint8Array = new Uint8Array(0);
  #state = 0;
  readonly #reps = [0, 0, 0, 0];
  /** The match for the position after the current one, where it was looked for already. */
  #aheadAt = -1;
  #aheadLength = 0;
  #aheadDistance = 0;

  /** `blockBytes`: the longest block that encode() gets. */
  constructor(blockBytes: number) {
    this.#finder = new MatchFinder(blockBytes);
    this.#range.output = this.#chunk;
  }

  /** Gives the chunks of `block`, which needs nothing that came before, to `emit`, and the end byte. */
  encode(block: Uint8Array, emit: (bytes: Uint8Array) => void): void {
    this.#block = block;
    this.#finder.begin(block);
    this.#aheadAt = -1;
    let needsProperties = true;
    let needsState = true;
    for (let position = 0; position < block.length;) {
      const isFirst = position === 0;
      if (needsState) this.#reset();
      const end = this.#encodeChunk(position);
      const inputBytes = this.#range.at;
      const outputBytes = end - position;
      if (inputBytes >= outputBytes) {
        emitStored(block.subarray(position, end), isFirst, emit);
        needsState = true;
      } else {
        const control = isFirst ? 0xe0 : needsProperties ? 0xc0 : needsState ? 0xa0 : 0x80;
        emit(chunkHeader(control, outputBytes, inputBytes));
        emit(this.#chunk.subarray(0, inputBytes));
        needsProperties = needsState = false;
      }
      position = end;
    }
    emit(Uint8Array.of(0));
  }

  #reset(): void {
    this.#probabilities.fill(1024);
    this.#state = 0;
    this.#reps.fill(0);
  }

  /** Encodes from `start` on until the chunk is full; where it ended. */
  #encodeChunk(start: number): number {
    const range = this.#range;
    range.begin();
    const limit = Math.min(this.#block.length, start + chunkOutputBytes);
    let position = start;
    while (position < limit && range.pendingBytes + symbolRoomBytes < chunkInputBytes) {
      position += this.#encodeSymbol(position, limit);
    }
    range.finish();
    return position;
  }

  /** Encodes the next literal or match, which ends at `limit` at the latest; its length. */
  #encodeSymbol(position: number, limit: number): number {
    const most = Math.min(longestMatch, limit - position);
    const [repIndex, repBytes] = this.#bestRep(position, most);
    if (repBytes >= niceLength) return this.#encodeRep(position, repIndex, repBytes);
    this.#look(position);
    let length = Math.min(this.#aheadLength, most);
    const distance = this.#aheadDistance;
    if (length < 4 || (length === 4 && distance >= 1 << 18)) length = 0;
    const repIsBetter =
      repBytes >= 2 &&
      (repBytes + 1 >= length ||
        (repBytes + 2 >= length && distance >= 512) ||
        (repBytes + 3 >= length && distance >= 1 << 15));
    if (repIsBetter) return this.#encodeRep(position, repIndex, repBytes);
    if (length === 0) return this.#encodeLiteral(position);
    if (length < niceLength && position + 1 < limit) {
      this.#look(position + 1);
      const next = this.#aheadLength;
      const nextIsBetter = next > length + 1 || (next > length && this.#aheadDistance >> 7 <= distance);
      if (nextIsBetter) return this.#encodeLiteral(position);
    }
    this.#encodeMatch(position, distance, length);
    return length;
  }

  #look(position: number): void {
    if (this.#aheadAt === position) return;
    this.#aheadAt = position;
    this.#aheadLength = this.#finder.find(position);
    this.#aheadDistance = this.#finder.distance;
  }

  #bestRep(position: number, most: number): readonly [number, number] {
    const block = this.#block;
    let best = 0;
    let bestIndex = 0;
    for (let index = 0; index < 4; index++) {
      const from = position - this.#reps[index]! - 1;
      if (from < 0 || block[from] !== block[position]) continue;
      const length = commonLength(block, from, position, most);
      if (length > best) {
        best = length;
        bestIndex = index;
      }
    }
    return [bestIndex, best];
  }

  #encodeLiteral(position: number): number {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const block = this.#block;
    const state = this.#state;
    const byte = block[position]!;
    const posState = position & posMask;
    const rep0 = position - this.#reps[0]! - 1;
    const isShortRep = rep0 >= 0 && block[rep0] === byte;
    range.bit(probabilities, isMatch + (state << 4) + posState, isShortRep ? 1 : 0);
    if (isShortRep) {
      range.bit(probabilities, isRep + state, 1);
      range.bit(probabilities, isRepG0 + state, 0);
      range.bit(probabilities, isRep0Long + (state << 4) + posState, 0);
      this.#state = state < 7 ? 9 : 11;
      return 1;
    }
    const before = position > 0 ? block[position - 1]! : 0;
    const table = literals + 0x300 * (before >> (8 - literalContextBits));
    let node = 1;
    if (state < 7) {
      range.tree(probabilities, table, 8, byte);
    } else {
      let matched = rep0 >= 0 ? block[rep0]! : 0;
      let differs = false;
      for (let index = 7; index >= 0; index--) {
        const bit = (byte >>> index) & 1;
        if (differs) range.bit(probabilities, table + node, bit);
        else {
          const matchBit = (matched >>> 7) & 1;
          range.bit(probabilities, table + ((1 + matchBit) << 8) + node, bit);
          matched <<= 1;
          differs = matchBit !== bit;
        }
        node = (node << 1) | bit;
      }
    }
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
    return 1;
  }

  #encodeRep(position: number, index: number, length: number): number {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const state = this.#state;
    const posState = position & posMask;
    range.bit(probabilities, isMatch + (state << 4) + posState, 1);
    range.bit(probabilities, isRep + state, 1);
    range.bit(probabilities, isRepG0 + state, index === 0 ? 0 : 1);
    if (index === 0) range.bit(probabilities, isRep0Long + (state << 4) + posState, 1);
    else {
      range.bit(probabilities, isRepG1 + state, index === 1 ? 0 : 1);
      if (index > 1) range.bit(probabilities, isRepG2 + state, index - 2);
      const [distance] = this.#reps.splice(index, 1) as [number];
      this.#reps.unshift(distance);
    }
    this.#encodeLength(repLength, posState, length);
    this.#state = state < 7 ? 8 : 11;
    return length;
  }

  #encodeMatch(position: number, distance: number, length: number): void {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const state = this.#state;
    const posState = position & posMask;
    range.bit(probabilities, isMatch + (state << 4) + posState, 1);
    range.bit(probabilities, isRep + state, 0);
    this.#encodeLength(matchLength, posState, length);
    const slot = slotOf(distance);
    range.tree(probabilities, posSlots + (Math.min(length - 2, 3) << 6), 6, slot);
    if (slot >= 4) {
      const bits = (slot >> 1) - 1;
      const base = (2 | (slot & 1)) << bits;
      const rest = distance - base;
      if (slot < 14) range.reverseTree(probabilities, posSpecial + base - slot - 1, bits, rest);
      else {
        range.direct(rest >>> 4, bits - 4);
        range.reverseTree(probabilities, posAlign, 4, rest & 15);
      }
    }
    this.#reps.pop();
    this.#reps.unshift(distance);
    this.#state = state < 7 ? 7 : 10;
  }

  #encodeLength(coder: number, posState: number, length: number): void {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const value = length - 2;
    range.bit(probabilities, coder, value < 8 ? 0 : 1);
    if (value < 8) {
      range.tree(probabilities, coder + 2 + (posState << 3), 3, value);
      return;
    }
    range.bit(probabilities, coder + 1, value < 16 ? 0 : 1);
    if (value < 16) range.tree(probabilities, coder + 130 + (posState << 3), 3, value - 8);
    else range.tree(probabilities, coder + 258, 8, value - 16);
  }
}

function slotOf(distance: number): number {
  if (distance < 4) return distance;
  const highest = 31 - Math.clz32(distance);
  return (highest << 1) | ((distance >>> (highest - 1)) & 1);
}

function chunkHeader(control: number, outputBytes: number, inputBytes: number): Uint8Array {
  const output = outputBytes - 1;
  const input = inputBytes - 1;
  const header = [control | (output >> 16), (output >> 8) & 255, output & 255, input >> 8, input & 255];
  return Uint8Array.from(control >= 0xc0 ? [...header, properties] : header);
}

function emitStored(bytes: Uint8Array, isFirst: boolean, emit: (bytes: Uint8Array) => void): void {
  for (let at = 0; at < bytes.length; at += storedChunkBytes) {
    const piece = bytes.subarray(at, at + storedChunkBytes);
    const size = piece.length - 1;
    emit(Uint8Array.of(isFirst && at === 0 ? 1 : 2, size >> 8, size & 255));
    emit(piece);
  }
}
