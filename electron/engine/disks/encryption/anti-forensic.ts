/** Putting a key together again that was split into stripes against forensics (LUKS On-Disk Format, section 2.4). */
import { createHash } from 'node:crypto';

/** The key of `keyBytes` that the stripes in `material` (`stripes` times as long) hold; `hash` is one we know. */
export function mergeStripes(
  material: Uint8Array,
  keyBytes: number,
  stripes: number,
  hash: string,
): Uint8Array {
  const key = new Uint8Array(keyBytes);
  for (let stripe = 0; stripe < stripes; stripe++) {
    const start = stripe * keyBytes;
    for (let index = 0; index < keyBytes; index++) key[index]! ^= material[start + index]!;
    if (stripe < stripes - 1) diffuse(key, hash);
  }
  return key;
}

/** Each piece of the digest's length becomes the hash of its number and itself. */
function diffuse(key: Uint8Array, hash: string): void {
  const number = new DataView(new ArrayBuffer(4));
  const digestBytes = createHash(hash).digest().length;
  for (let at = 0, piece = 0; at < key.length; piece++) {
    number.setUint32(0, piece);
    const part = key.subarray(at, Math.min(at + digestBytes, key.length));
    const digest = createHash(hash).update(new Uint8Array(number.buffer)).update(part).digest();
    part.set(digest.subarray(0, part.length));
    at += digestBytes;
  }
}
