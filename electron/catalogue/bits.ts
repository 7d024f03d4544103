/** Sets of small numbers, one bit each: a hundred thousand entries take 12 KB, and two sets are joined in microseconds. */

export class Bits {
  readonly words: Uint32Array;

  /** Room for the numbers below `size`. */
  constructor(size: number) {
    this.words = new Uint32Array((size + 31) >>> 5);
  }

  has(number: number): boolean {
    return (this.words[number >>> 5]! & (1 << (number & 31))) !== 0;
  }

  add(number: number): void {
    this.words[number >>> 5]! |= 1 << (number & 31);
  }

  delete(number: number): void {
    this.words[number >>> 5]! &= ~(1 << (number & 31));
  }

  copy(size = this.words.length * 32): Bits {
    const copy = new Bits(size);
    copy.words.set(this.words.subarray(0, copy.words.length));
    return copy;
  }

  /** Keeps what is in the other set, too. Sets are of the same size here and below. */
  and(other: Bits): this {
    for (let at = 0; at < this.words.length; at++) this.words[at]! &= other.words[at]!;
    return this;
  }

  or(other: Bits): this {
    for (let at = 0; at < this.words.length; at++) this.words[at]! |= other.words[at]!;
    return this;
  }

  andNot(other: Bits): this {
    for (let at = 0; at < this.words.length; at++) this.words[at]! &= ~other.words[at]!;
    return this;
  }

  get count(): number {
    let count = 0;
    for (let word of this.words) {
      // Hacker's Delight, 5-1.
      word -= (word >>> 1) & 0x55555555;
      word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
      count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    return count;
  }

  get isEmpty(): boolean {
    return this.words.every((word) => word === 0);
  }

  /** Those numbers of `order` that are in the set, in that order; it has each of the set's numbers once. */
  among(order: Uint32Array): Uint32Array {
    const found = new Uint32Array(this.count);
    const { words } = this;
    let count = 0;
    for (let at = 0; at < order.length; at++) {
      const number = order[at]!;
      if ((words[number >>> 5]! & (1 << (number & 31))) !== 0) found[count++] = number;
    }
    return found;
  }

  /** Adds the places in `codes` whose code is marked in `wanted`. */
  addCoded(codes: Uint32Array, wanted: Uint8Array): this {
    const { words } = this;
    for (let at = 0; at < codes.length; at++) {
      if (wanted[codes[at]!] === 1) words[at >>> 5]! |= 1 << (at & 31);
    }
    return this;
  }

  forEach(visit: (number: number) => void): void {
    for (let at = 0; at < this.words.length; at++) {
      for (let word = this.words[at]!; word !== 0; word &= word - 1) {
        visit((at << 5) + 31 - Math.clz32(word & -word));
      }
    }
  }
}
