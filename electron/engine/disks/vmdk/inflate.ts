/** Inflating one zlib stream (RFC 1950) into a buffer of known size, with one handle that is used over and over. */
import { createInflate, inflateSync } from 'node:zlib';
import { zlibHandle } from './zlib-handle.ts';

type InflateFunction = (encoded: Uint8Array, into: Uint8Array) => number;

let inflate: InflateFunction | null = null;

/**
 * Inflates the zlib stream at the start of `encoded` into `into`; what follows the stream is ignored.
 * @returns how many bytes it yields, or -1 when it is damaged, cut off, or yields more than `into` holds.
 */
export function inflateInto(encoded: Uint8Array, into: Uint8Array): number {
  inflate ??= reusedInflate() ?? plainInflate;
  return inflate(encoded, into);
}

/** The fast way, where Node lets us: twice as fast as a stream and a buffer for each call. */
function reusedInflate(): InflateFunction | null {
  const handle = zlibHandle(createInflate());
  if (handle === null) return null;
  const spare = new Uint8Array(1);
  const fast: InflateFunction = (encoded, into) => {
    handle.reset();
    const first = handle.finish(encoded, into);
    if (first.failed) return -1;
    if (first.outputLeft > 0) return into.length - first.outputLeft;
    // A full buffer: only at the end of its stream does zlib leave a further byte of room alone.
    const second = handle.finish(encoded.subarray(encoded.length - first.inputLeft), spare);
    return second.failed || second.outputLeft === 0 ? -1 : into.length;
  };
  return works(fast) ? fast : null;
}

/** The zlib stream of "platter". */
const sample = Uint8Array.from([120, 156, 43, 200, 73, 44, 41, 73, 45, 2, 0, 11, 236, 2, 253]);

function works(candidate: InflateFunction): boolean {
  const into = new Uint8Array(7);
  try {
    return (
      candidate(sample, into) === 7 &&
      String.fromCharCode(...into) === 'platter' &&
      candidate(sample, new Uint8Array(6)) === -1 &&
      candidate(sample.subarray(0, -1), into) === -1 &&
      candidate(sample, new Uint8Array(8)) === 7
    );
  } catch {
    return false;
  }
}

/** As inflateInto(), by the public way. */
export function plainInflate(encoded: Uint8Array, into: Uint8Array): number {
  try {
    const plain = inflateSync(encoded, {
      chunkSize: Math.max(64, into.length + 1),
      maxOutputLength: Math.max(1, into.length),
    });
    if (plain.length > into.length) return -1;
    into.set(plain);
    return plain.length;
  } catch {
    return -1;
  }
}
