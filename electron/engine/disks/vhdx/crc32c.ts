/** CRC-32C (Castagnoli), the checksum of all VHDX structures. */

/** Bytes taken in one step, each with a table of its own. */
const stride = 8;
let tables: readonly Uint32Array[] | null = null;

/** The CRC-32C of `bytes`, the four at `checksumOffset` taken as zeros; -4 where there are none. */
export function crc32c(bytes: Uint8Array, checksumOffset: number): number {
  const known = (tables ??= makeTables());
  let value = step(-1, bytes, 0, Math.min(checksumOffset, bytes.length));
  for (let at = Math.max(0, checksumOffset); at < Math.min(checksumOffset + 4, bytes.length); at++) {
    value = known[0]![value & 255]! ^ (value >>> 8);
  }
  return ~step(value, bytes, checksumOffset + 4, bytes.length) >>> 0;
}

/** Takes the bytes from `start` to `end` (not in it) into the value: slicing-by-8. */
function step(before: number, bytes: Uint8Array, start: number, end: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let value = before;
  let at = start;
  for (; at + stride <= end; at += stride) {
    const low =
      value ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    value =
      t7[low & 255]! ^
      t6[(low >>> 8) & 255]! ^
      t5[(low >>> 16) & 255]! ^
      t4[low >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < end; at++) value = t0[(value ^ bytes[at]!) & 255]! ^ (value >>> 8);
  return value;
}

/** A table for each byte of a step: the first for the last byte, the others with as many bytes of zeros behind. */
function makeTables(): readonly Uint32Array[] {
  const made = [
    Uint32Array.from({ length: 256 }, (_, byte) => {
      let value = byte;
      for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
      return value;
    }),
  ];
  while (made.length < stride) {
    const last = made[made.length - 1]!;
    made.push(last.map((value) => made[0]![value & 255]! ^ (value >>> 8)));
  }
  return made;
}
