/** CRC-32C (Castagnoli), the checksum of all VHDX structures. */

let table: Uint32Array | null = null;

/** The CRC-32C of `bytes`, the four at `checksumOffset` taken as zeros. */
export function crc32c(bytes: Uint8Array, checksumOffset: number): number {
  table ??= makeTable();
  let value = -1;
  for (let at = 0; at < bytes.length; at++) {
    const byte = at >= checksumOffset && at < checksumOffset + 4 ? 0 : bytes[at]!;
    value = table[(value ^ byte) & 255]! ^ (value >>> 8);
  }
  return ~value >>> 0;
}

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    return value;
  });
}
