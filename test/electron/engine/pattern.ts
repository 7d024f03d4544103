/** Bytes for tests that tell where they belong, and disks made of them. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** Bytes that differ from block to block and hardly compress; the same for the same `seed`. */
export function noise(lengthBytes: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(lengthBytes / 4));
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let index = 0; index < words.length; index++) {
    // xorshift32
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, lengthBytes);
}

/** Text-like bytes that compress about three to one. */
export function prose(lengthBytes: number, seed = 1): Uint8Array {
  const bytes = noise(lengthBytes, seed);
  for (let index = 0; index < bytes.length; index++) bytes[index] = 97 + (bytes[index]! & 3);
  return bytes;
}

/** Writes a raw disk of `sizeBytes` with `pieces` at their offsets and holes elsewhere. */
export function writeRawDisk(
  path: string,
  sizeBytes: number,
  pieces: readonly { readonly at: number; readonly bytes: Uint8Array }[],
): string {
  const descriptor = openSync(path, 'w');
  try {
    ftruncateSync(descriptor, sizeBytes);
    for (const { at, bytes } of pieces) writeSync(descriptor, bytes, 0, bytes.length, at);
  } finally {
    closeSync(descriptor);
  }
  return path;
}
