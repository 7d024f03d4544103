/** Finds earlier occurrences of what comes next in a block: chains of positions whose four bytes hash alike. */

const hashBits = 16;
const hashedBytes = 4;
/** Positions looked at for one match: the knob between speed and size. */
const chainLimit = 12;
/** A match this long is good enough. */
export const niceLength = 128;
export const longestMatch = 273;

export class MatchFinder {
  readonly #heads = new Int32Array(1 << hashBits);
  readonly #previous: Int32Array;
  #block: Uint8Array = new Uint8Array(0);
  #end = 0;
  /** The next position to be entered. */
  #next = 0;
  /** What find() found: how far back, less one. */
  distance = 0;

  constructor(blockBytes: number) {
    this.#previous = new Int32Array(blockBytes);
  }

  begin(block: Uint8Array): void {
    this.#block = block;
    this.#end = block.length;
    this.#next = 0;
    this.#heads.fill(-1);
  }

  /** The length of the longest match for `position`, 0 for none; every position up to it gets known. */
  find(position: number): number {
    this.#enter(position);
    if (position + hashedBytes > this.#end) return 0;
    const block = this.#block;
    const limit = Math.min(longestMatch, this.#end - position);
    let candidate = this.#heads[this.#hash(position)]!;
    this.#enter(position + 1);
    let best = hashedBytes - 1;
    for (let count = 0; candidate >= 0 && count < chainLimit; count++) {
      if (block[candidate + best] === block[position + best]) {
        const length = commonLength(block, candidate, position, limit);
        if (length > best) {
          best = length;
          this.distance = position - candidate - 1;
          if (length >= niceLength || length === limit) break;
        }
      }
      candidate = this.#previous[candidate]!;
    }
    return best >= hashedBytes ? best : 0;
  }

  /** Enters the positions before `position`; inside of long matches only some: they say little that is new. */
  #enter(position: number): void {
    const last = Math.min(position, this.#end - hashedBytes + 1);
    let next = this.#next;
    if (last - next > 64) {
      for (const end = last - 16; next < end; next += 8) this.#put(next);
      next = last - 16;
    }
    for (; next < last; next++) this.#put(next);
    this.#next = Math.max(this.#next, position);
  }

  #put(position: number): void {
    const hash = this.#hash(position);
    this.#previous[position] = this.#heads[hash]!;
    this.#heads[hash] = position;
  }

  #hash(position: number): number {
    const block = this.#block;
    const word =
      block[position]! |
      (block[position + 1]! << 8) |
      (block[position + 2]! << 16) |
      (block[position + 3]! << 24);
    return Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
  }
}

/** How many bytes from `first` on equal those from `second` on, at most `limit`. */
export function commonLength(block: Uint8Array, first: number, second: number, limit: number): number {
  let length = 0;
  while (length < limit && block[first + length] === block[second + length]) length++;
  return length;
}
