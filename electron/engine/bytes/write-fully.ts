/** Writing to an open file, to the last byte. */
import { writeSync } from 'node:fs';

/**
 * The most that one call takes. For what it holds of a file Linux takes pieces of memory as large as the call; large ones have to
 * be put together, or fetched from a virtual machine's host: calls of 1 MiB were seen to take four times as long.
 */
const pieceBytes = 64 << 10;

/** Writes `lengthBytes` of `bytes`, those from `from` on, at `fileOffset`. @throws the system's error. */
export function writeFully(
  descriptor: number,
  bytes: Uint8Array,
  fileOffset: number,
  from = 0,
  lengthBytes = bytes.length - from,
): void {
  for (let done = 0; done < lengthBytes;) {
    const piece = Math.min(pieceBytes, lengthBytes - done);
    done += writeSync(descriptor, bytes, from + done, piece, fileOffset + done);
  }
}
