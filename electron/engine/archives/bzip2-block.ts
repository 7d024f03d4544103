/** One block of bzip2: its Huffman-coded, moved-to-front, Burrows–Wheeler-sorted bytes, and how they unfold. */
import { inEnglish } from '#shared/in-english.ts';

/** A block broke the rules; `message` says which. */
export class Bzip2Error extends Error {}

const longestCode = 20;
const largestAlphabet = 258;
const groupSymbols = 50;
/** As libbzip2: more selectors than a block can use are read and ignored. */
const selectorLimit = 18_002;

/** Bits from the highest of each byte down. */
export interface HighBits {
  /** The next `count` bits, at most 24. */
  bits(count: number): number;
}

/** CRC-32 with the polynomial of Ethernet, highest bit first. */
const crcTable = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  crcTable[byte] = value;
}

/** The tables of one of a block's two to six Huffman codes. */
interface Code {
  readonly shortest: number;
  /** By length: the largest code of it, and what to add to a code to find its symbol. */
  readonly limits: Int32Array;
  readonly bases: Int32Array;
  readonly symbols: Uint16Array;
}

/** Holds one block at a time; read() gives its bytes. */
export class Bzip2Block {
  readonly #sorted: Uint32Array;
  readonly #limit: number;
  #left = 0;
  #next = 0;
  #last = -1;
  #run = 0;
  #repeat = 0;
  #crc = -1;

  /** `limit`: the most sorted bytes a block of this file has. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#sorted = new Uint32Array(limit);
  }

  /** The CRC of what was read so far, unsigned. */
  get crc(): number {
    return ~this.#crc >>> 0;
  }

  /** Decodes what follows a block's CRC. @throws Bzip2Error. */
  load(input: HighBits): void {
    if (input.bits(1) === 1) throw new Bzip2Error(inEnglish('it is randomised, as before version 0.9.5'));
    const origin = input.bits(24);
    const used = readAlphabet(input);
    const alphabetSize = used.length + 2;
    const codeCount = input.bits(3);
    if (codeCount < 2 || codeCount > 6) throw new Bzip2Error(inEnglish('it has no two to six codes'));
    const selectors = readSelectors(input, codeCount);
    const codes = Array.from({ length: codeCount }, () => readCode(input, alphabetSize));
    const counts = new Int32Array(256);
    const length = this.#unpack(input, used, codes, selectors, counts);
    if (origin >= length) throw new Bzip2Error(inEnglish('it begins behind its end'));
    this.#link(length, counts);
    this.#left = length;
    this.#next = this.#sorted[origin]! >>> 8;
    this.#last = -1;
    this.#run = 0;
    this.#repeat = 0;
    this.#crc = -1;
  }

  /** Fills the front of `into`; fewer, and then 0, at the end of the block. */
  read(into: Uint8Array): number {
    const sorted = this.#sorted;
    let next = this.#next;
    let left = this.#left;
    let last = this.#last;
    let run = this.#run;
    let repeat = this.#repeat;
    let crc = this.#crc;
    let at = 0;
    while (at < into.length) {
      if (repeat > 0) {
        repeat -= 1;
        into[at++] = last;
        crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ last]!;
        continue;
      }
      if (left === 0) break;
      const entry = sorted[next]!;
      const byte = entry & 255;
      next = entry >>> 8;
      left -= 1;
      if (run === 4) {
        // Four equal bytes are followed by how many more there are.
        repeat = byte;
        run = 0;
        continue;
      }
      run = byte === last ? run + 1 : 1;
      last = byte;
      into[at++] = byte;
      crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ byte]!;
    }
    this.#next = next;
    this.#left = left;
    this.#last = last;
    this.#run = run;
    this.#repeat = repeat;
    this.#crc = crc;
    return at;
  }

  /** Huffman codes and moving to the front; `counts` gets how often each byte occurs. @returns the length of the block. */
  #unpack(
    input: HighBits,
    used: Uint8Array,
    codes: readonly Code[],
    selectors: Uint8Array,
    counts: Int32Array,
  ): number {
    const sorted = this.#sorted;
    const front = used.slice();
    const endSymbol = used.length + 1;
    let length = 0;
    let group = -1;
    let groupLeft = 0;
    let code = codes[0]!;
    let runLength = 0;
    let runWeight = 1;
    while (true) {
      if (groupLeft === 0) {
        group += 1;
        if (group >= selectors.length) throw new Bzip2Error(inEnglish('it has too few selectors'));
        code = codes[selectors[group]!]!;
        groupLeft = groupSymbols;
      }
      groupLeft -= 1;
      const symbol = readSymbol(input, code);
      if (symbol <= 1) {
        runLength += runWeight << symbol;
        runWeight *= 2;
        if (runLength > this.#limit) throw new Bzip2Error(inEnglish('it is too long'));
        continue;
      }
      if (runLength > 0) {
        if (length + runLength > this.#limit) throw new Bzip2Error(inEnglish('it is too long'));
        const byte = front[0]!;
        counts[byte]! += runLength;
        sorted.fill(byte, length, length + runLength);
        length += runLength;
        runLength = 0;
        runWeight = 1;
      }
      if (symbol === endSymbol) return length;
      if (length === this.#limit) throw new Bzip2Error(inEnglish('it is too long'));
      const index = symbol - 1;
      const byte = front[index]!;
      if (index < 16) for (let to = index; to > 0; to--) front[to] = front[to - 1]!;
      else front.copyWithin(1, 0, index);
      front[0] = byte;
      counts[byte]! += 1;
      sorted[length++] = byte;
    }
  }

  /** Puts into the upper 24 bits of each entry where the next byte of the text is. */
  #link(length: number, counts: Int32Array): void {
    const sorted = this.#sorted;
    const places = new Int32Array(256);
    for (let byte = 1; byte < 256; byte++) places[byte] = places[byte - 1]! + counts[byte - 1]!;
    for (let index = 0; index < length; index++) {
      const byte = sorted[index]! & 255;
      const place = places[byte]!;
      places[byte] = place + 1;
      sorted[place] = (sorted[place]! | (index << 8)) >>> 0;
    }
  }
}

/** Which bytes occur: sixteen bits for ranges of sixteen, then sixteen bits for each range that is used. */
function readAlphabet(input: HighBits): Uint8Array {
  const ranges = input.bits(16);
  const used: number[] = [];
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >> range)) === 0) continue;
    const bits = input.bits(16);
    for (let index = 0; index < 16; index++) if (bits & (0x8000 >> index)) used.push(range * 16 + index);
  }
  if (used.length === 0) throw new Bzip2Error(inEnglish('it uses no byte'));
  return Uint8Array.from(used);
}

function readSelectors(input: HighBits, codeCount: number): Uint8Array {
  const count = input.bits(15);
  if (count === 0) throw new Bzip2Error(inEnglish('it has no selectors'));
  const selectors = new Uint8Array(Math.min(count, selectorLimit));
  const front = [0, 1, 2, 3, 4, 5].slice(0, codeCount);
  for (let index = 0; index < count; index++) {
    let position = 0;
    while (input.bits(1) === 1) {
      if (++position >= codeCount) throw new Bzip2Error(inEnglish('a selector names no code'));
    }
    const [chosen] = front.splice(position, 1) as [number];
    front.unshift(chosen);
    if (index < selectors.length) selectors[index] = chosen;
  }
  return selectors;
}

function readCode(input: HighBits, alphabetSize: number): Code {
  const lengths = new Uint8Array(largestAlphabet);
  let length = input.bits(5);
  for (let symbol = 0; symbol < alphabetSize; symbol++) {
    while (true) {
      if (length < 1 || length > longestCode) throw new Bzip2Error(inEnglish('a code is too long'));
      if (input.bits(1) === 0) break;
      length += input.bits(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return makeCode(lengths.subarray(0, alphabetSize));
}

function makeCode(lengths: Uint8Array): Code {
  const symbols = new Uint16Array(lengths.length);
  const limits = new Int32Array(longestCode + 2).fill(-1);
  const bases = new Int32Array(longestCode + 2);
  let shortest = longestCode;
  let filled = 0;
  let code = 0;
  for (let length = 1; length <= longestCode; length++) {
    const first = filled;
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] === length) symbols[filled++] = symbol;
    }
    if (filled > first) shortest = Math.min(shortest, length);
    bases[length] = first - code;
    code += filled - first;
    limits[length] = code - 1;
    if (code > 2 ** length) throw new Bzip2Error(inEnglish('a code has too many symbols'));
    code <<= 1;
  }
  return { shortest, limits, bases, symbols };
}

function readSymbol(input: HighBits, { shortest, limits, bases, symbols }: Code): number {
  let length = shortest;
  let code = input.bits(length);
  while (code > limits[length]!) {
    if (++length > longestCode) throw new Bzip2Error(inEnglish('it holds bits that are no code'));
    code = (code << 1) | input.bits(1);
  }
  return symbols[code + bases[length]!]!;
}
