/** LZMA's range encoder (LZMA specification of the LZMA SDK), writing into a buffer. */

const bitModelTotal = 2048;
const moveBits = 5;
const topValue = 2 ** 24;

/** Whoever uses it sets `output` and keeps room in it. */
export class RangeEncoder {
  output = new Uint8Array(0);
  /** Where the next byte goes. */
  at = 0;
  /** Up to 33 bits: a carry may be on its way. */
  #low = 0;
  #range = 0xffffffff;
  #cache = 0;
  #cacheBytes = 1;

  /** Begins a stream at the start of the output. */
  begin(): void {
    this.at = 0;
    this.#low = 0;
    this.#range = 0xffffffff;
    this.#cache = 0;
    this.#cacheBytes = 1;
  }

  /** How many bytes the stream has if it ends here. */
  get pendingBytes(): number {
    return this.at + this.#cacheBytes + 4;
  }

  bit(probabilities: Uint16Array, index: number, bit: number): void {
    const probability = probabilities[index]!;
    const bound = Math.imul(this.#range >>> 11, probability) >>> 0;
    if (bit === 0) {
      this.#range = bound;
      probabilities[index] = probability + ((bitModelTotal - probability) >> moveBits);
    } else {
      this.#low += bound;
      this.#range -= bound;
      probabilities[index] = probability - (probability >> moveBits);
    }
    if (this.#range < topValue) {
      this.#range = (this.#range << 8) >>> 0;
      this.#shift();
    }
  }

  /** The lowest `count` bits of `value`, highest first, all equally likely. */
  direct(value: number, count: number): void {
    for (let index = count - 1; index >= 0; index--) {
      this.#range >>>= 1;
      if ((value >>> index) & 1) this.#low += this.#range;
      if (this.#range < topValue) {
        this.#range = (this.#range << 8) >>> 0;
        this.#shift();
      }
    }
  }

  tree(probabilities: Uint16Array, base: number, bits: number, symbol: number): void {
    let node = 1;
    for (let index = bits - 1; index >= 0; index--) {
      const bit = (symbol >>> index) & 1;
      this.bit(probabilities, base + node, bit);
      node = (node << 1) | bit;
    }
  }

  reverseTree(probabilities: Uint16Array, base: number, bits: number, symbol: number): void {
    let node = 1;
    for (let index = 0; index < bits; index++) {
      const bit = (symbol >>> index) & 1;
      this.bit(probabilities, base + node, bit);
      node = (node << 1) | bit;
    }
  }

  finish(): void {
    for (let index = 0; index < 5; index++) this.#shift();
  }

  #shift(): void {
    if (this.#low < 0xff000000 || this.#low >= 2 ** 32) {
      const carry = this.#low >= 2 ** 32 ? 1 : 0;
      let byte = this.#cache;
      do {
        this.output[this.at++] = byte + carry;
        byte = 0xff;
      } while (--this.#cacheBytes > 0);
      this.#cache = Math.floor(this.#low / topValue) & 0xff;
    }
    this.#cacheBytes += 1;
    this.#low = (this.#low % topValue) * 256;
  }
}
