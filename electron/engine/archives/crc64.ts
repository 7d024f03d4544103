/** CRC-64 of ECMA-182 with both directions reflected, as .xz uses it (The .xz File Format, section 6). */

const polynomialLow = 0xd7870f42;
const polynomialHigh = 0xc96c5795;

/** Four tables of low and high halves, for four bytes a step. */
let tables: Int32Array | null = null;

function makeTables(): Int32Array {
  const made = new Int32Array(4 * 512);
  for (let byte = 0; byte < 256; byte++) {
    let low = byte;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const carry = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (carry !== 0) {
        low ^= polynomialLow;
        high ^= polynomialHigh;
      }
    }
    made[byte * 2] = low;
    made[byte * 2 + 1] = high;
  }
  for (let table = 1; table < 4; table++) {
    for (let byte = 0; byte < 256; byte++) {
      const low = made[(table - 1) * 512 + byte * 2]!;
      const high = made[(table - 1) * 512 + byte * 2 + 1]!;
      const index = (low & 255) * 2;
      made[table * 512 + byte * 2] = ((low >>> 8) | (high << 24)) ^ made[index]!;
      made[table * 512 + byte * 2 + 1] = (high >>> 8) ^ made[index + 1]!;
    }
  }
  return made;
}

export class Crc64 {
  #low = -1;
  #high = -1;

  update(bytes: Uint8Array): void {
    const table = (tables ??= makeTables());
    let low = this.#low;
    let high = this.#high;
    let at = 0;
    for (const end = bytes.length - 3; at < end; at += 4) {
      low ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      const a = 1536 + (low & 255) * 2;
      const b = 1024 + ((low >>> 8) & 255) * 2;
      const c = 512 + ((low >>> 16) & 255) * 2;
      const d = (low >>> 24) * 2;
      low = high ^ table[a]! ^ table[b]! ^ table[c]! ^ table[d]!;
      high = table[a + 1]! ^ table[b + 1]! ^ table[c + 1]! ^ table[d + 1]!;
    }
    for (; at < bytes.length; at++) {
      const index = ((low ^ bytes[at]!) & 255) * 2;
      low = ((low >>> 8) | (high << 24)) ^ table[index]!;
      high = (high >>> 8) ^ table[index + 1]!;
    }
    this.#low = low;
    this.#high = high;
  }

  /** Both halves as unsigned numbers. */
  value(): { readonly low: number; readonly high: number } {
    return { low: ~this.#low >>> 0, high: ~this.#high >>> 0 };
  }
}
