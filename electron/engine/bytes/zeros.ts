/** Telling zeros from data quickly. */

const zeroBlock = Buffer.alloc(1 << 20);

/** Whether a look at a few bytes from `start` to `end` (not in it) shows that not all of them are zero: most data does. */
export function showsData(bytes: Uint8Array, start: number, end: number): boolean {
  return end > start && (bytes[start] !== 0 || bytes[(start + end) >>> 1] !== 0 || bytes[end - 1] !== 0);
}

/** Whether all of `bytes` are zero. */
export function isZero(bytes: Uint8Array): boolean {
  const length = bytes.length;
  if (showsData(bytes, 0, length)) return false;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  for (let at = 0; at < length; at += zeroBlock.length) {
    const end = Math.min(length, at + zeroBlock.length);
    if (view.compare(zeroBlock, 0, end - at, at, end) !== 0) return false;
  }
  return true;
}
