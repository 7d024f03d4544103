/** CRC-32 as gzip, zip and xz use it (RFC 1952, section 8). */
import * as zlib from 'node:zlib';

// Node has it from 20.15 and 22.2 on; Electron's older runtimes do without.
const native = (zlib as { crc32?: (data: Uint8Array, value?: number) => number }).crc32;

let tables: readonly Uint32Array[] | null = null;

/** The CRC-32 of what `crc` stands for, followed by `bytes`. Starts at 0. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  return native === undefined ? crc32InScript(bytes, crc) : native(bytes, crc);
}

/** The same without Node's own: four bytes a step, over four tables. */
export function crc32InScript(bytes: Uint8Array, crc = 0): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let value = ~crc;
  let at = 0;
  for (const end = bytes.length - 3; at < end; at += 4) {
    value ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    value = t3[value & 255]! ^ t2[(value >>> 8) & 255]! ^ t1[(value >>> 16) & 255]! ^ t0[value >>> 24]!;
  }
  for (; at < bytes.length; at++) value = t0[(value ^ bytes[at]!) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}

function makeTables(): readonly Uint32Array[] {
  const made = Array.from({ length: 4 }, () => new Uint32Array(256));
  const [first] = made as [Uint32Array];
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    first[byte] = value;
  }
  for (let table = 1; table < 4; table++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = made[table - 1]![byte]!;
      made[table]![byte] = (before >>> 8) ^ first[before & 255]!;
    }
  }
  return made;
}
