/** Canonical Huffman codes as DEFLATE defines them (RFC 1951, section 3.2.2). */

const longestCode = 15;

/**
 * A code ready for decoding. Short codes are found by the next bits in `quick` (symbol × 16 + length, 0 where there is
 * none); longer ones by walking `counts` and `symbols`, in the canonical order.
 */
export interface HuffmanCode {
  readonly quickMask: number;
  readonly quick: Uint16Array;
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/** Where tables are built: made once and filled again for every block. `quickBits` at most 15. */
export function makeHuffmanCode(quickBits: number, symbolLimit: number): HuffmanCode {
  return {
    quickMask: (1 << quickBits) - 1,
    quick: new Uint16Array(1 << quickBits),
    counts: new Uint16Array(longestCode + 1),
    symbols: new Uint16Array(symbolLimit),
  };
}

const offsets = new Uint16Array(longestCode + 2);
const nextCodes = new Uint16Array(longestCode + 2);

/**
 * Fills `code` from the code lengths of its symbols (0: the symbol does not occur). What is wrong with them in words,
 * or null. As zlib: a code may be incomplete only when it has no symbol, or (`mayBeSingle`) one symbol of one bit.
 */
export function buildHuffmanCode(
  code: HuffmanCode,
  lengths: Uint8Array,
  mayBeSingle: boolean,
): string | null {
  const { counts, symbols, quick } = code;
  counts.fill(0);
  for (const length of lengths) counts[length]! += 1;
  const used = lengths.length - counts[0]!;
  counts[0] = 0;
  let left = 1;
  for (let length = 1; length <= longestCode; length++) {
    left = left * 2 - counts[length]!;
    if (left < 0) return 'a Huffman code has more codes than bits';
  }
  const single = mayBeSingle && used === 1 && counts[1] === 1;
  if (left > 0 && used > 0 && !single) return 'a Huffman code is incomplete';

  offsets[1] = 0;
  nextCodes[1] = 0;
  for (let length = 1; length <= longestCode; length++) {
    offsets[length + 1] = offsets[length]! + counts[length]!;
    nextCodes[length + 1] = (nextCodes[length]! + counts[length]!) << 1;
  }
  quick.fill(0);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (length === 0) continue;
    symbols[offsets[length]!++] = symbol;
    const value = nextCodes[length]!++;
    if (1 << length > quick.length) continue;
    const entry = (symbol << 4) | length;
    for (let at = reversed(value, length); at < quick.length; at += 1 << length) quick[at] = entry;
  }
  return null;
}

/** Codes are packed from the most significant bit on, into bytes filled from the least significant one. */
function reversed(value: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit++) result |= ((value >>> bit) & 1) << (length - 1 - bit);
  return result;
}

/** The entry (symbol × 16 + length) of the code that `bits` begins with, 0 when none does. For codes not in `quick`. */
export function decodeLongCode(code: HuffmanCode, bits: number): number {
  const { counts, symbols } = code;
  let value = 0;
  let first = 0;
  let index = 0;
  for (let length = 1; length <= longestCode; length++) {
    value |= (bits >>> (length - 1)) & 1;
    const count = counts[length]!;
    if (value - first < count) return (symbols[index + value - first]! << 4) | length;
    index += count;
    first = (first + count) << 1;
    value <<= 1;
  }
  return 0;
}
