/** Telling zeros from data quickly. */

const zeroBlock = Buffer.alloc(1 << 20);

/** Whether all of `bytes` are zero. Looks at a few bytes first: most data differs there. */
export function isZero(bytes: Uint8Array): boolean {
  const length = bytes.length;
  if (length === 0) return true;
  if (bytes[0] !== 0 || bytes[length >>> 1] !== 0 || bytes[length - 1] !== 0) return false;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  for (let at = 0; at < length; at += zeroBlock.length) {
    const end = Math.min(length, at + zeroBlock.length);
    if (view.compare(zeroBlock, 0, end - at, at, end) !== 0) return false;
  }
  return true;
}
