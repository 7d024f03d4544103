/** Inflating one DEFLATE stream, raw (RFC 1951) or zlib's (RFC 1950), into a buffer of one's own. */
import * as zlib from 'node:zlib';
import { libdeflate, type DeflateFraming } from '../../bytes/libdeflate.ts';
import { zlibHandle } from '../../bytes/zlib-handle.ts';

/** Answers of inflateInto() that are not lengths. */
export const inflateDamaged = -1;
export const inflateTooLong = -2;

type InflateFunction = (encoded: Uint8Array, into: Uint8Array) => number;

const functions: Partial<Record<DeflateFraming, InflateFunction>> = {};

/**
 * Inflates the stream at the start of `encoded` into `into`; what follows the stream is ignored. A raw stream may lack its
 * end as long as it fills `into`: qcow2 knows its length to the sector only, and qemu reads it so.
 * @returns how many bytes it yields; inflateDamaged when it is damaged or cut off, inflateTooLong when it yields more than
 *   `into` holds. Then `into` may hold anything.
 */
export function inflateInto(framing: DeflateFraming, encoded: Uint8Array, into: Uint8Array): number {
  const length = libdeflate()?.decompress(framing, encoded, into) ?? -1;
  if (length >= 0) return length;
  // What libdeflate refuses zlib decides on, so that the answer is the same with and without the library.
  const inflate = (functions[framing] ??= reusedInflate(framing) ?? plainInflate(framing));
  return inflate(encoded, into);
}

/** Node's zlib with one handle for all streams: twice as fast as a stream and a buffer for each call. Null where it cannot be. */
export function reusedInflate(framing: DeflateFraming): InflateFunction | null {
  const handle = zlibHandle(framing === 'raw' ? zlib.createInflateRaw() : zlib.createInflate());
  if (handle === null) return null;
  const spare = new Uint8Array(1);
  const finish = zlib.constants.Z_FINISH;
  const inflate: InflateFunction = (encoded, into) => {
    handle.reset();
    const first = handle.step(finish, encoded, into);
    if (first.problem !== null) return inflateDamaged;
    if (first.outputLeft > 0) return into.length - first.outputLeft;
    // A full buffer: only at the end of its stream does zlib leave a further byte of room alone.
    const second = handle.step(finish, encoded.subarray(encoded.length - first.inputLeft), spare);
    if (second.problem === null) return second.outputLeft === 0 ? inflateTooLong : into.length;
    return framing === 'raw' && second.code === 'Z_BUF_ERROR' ? into.length : inflateDamaged;
  };
  return works(framing, inflate) ? inflate : null;
}

/** "platter" as a zlib stream; the raw one lies within its header of 2 bytes and its checksum of 4. */
const sample = Uint8Array.from([120, 156, 43, 200, 73, 44, 41, 73, 45, 2, 0, 11, 236, 2, 253]);

function works(framing: DeflateFraming, candidate: InflateFunction): boolean {
  const encoded = framing === 'raw' ? sample.subarray(2, -4) : sample;
  const cut = encoded.subarray(0, framing === 'raw' ? 5 : -1);
  const into = new Uint8Array(7);
  try {
    return (
      candidate(encoded, into) === 7 &&
      String.fromCharCode(...into) === 'platter' &&
      candidate(encoded, new Uint8Array(6)) === inflateTooLong &&
      candidate(cut, into) === inflateDamaged &&
      candidate(encoded, new Uint8Array(8)) === 7
    );
  } catch {
    return false;
  }
}

/** A decompressor allocates one output block more unless its first has room to spare. */
const spareBytes = 64;

/** The same by the public way, for versions of Node that have something else inside. */
export function plainInflate(framing: DeflateFraming): InflateFunction {
  return (encoded, into) => {
    const options = { chunkSize: into.length + spareBytes, maxOutputLength: Math.max(1, into.length) };
    try {
      const plain =
        framing === 'zlib' ? zlib.inflateSync(encoded, options) : inflateRawOpenEnded(encoded, options, into);
      if (plain.length > into.length) return inflateTooLong;
      into.set(plain);
      return plain.length;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ERR_BUFFER_TOO_LARGE' ? inflateTooLong : inflateDamaged;
    }
  };
}

/** Takes a stream without its end only where that fills `into`. */
function inflateRawOpenEnded(encoded: Uint8Array, options: zlib.ZlibOptions, into: Uint8Array): Uint8Array {
  try {
    return zlib.inflateRawSync(encoded, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'Z_BUF_ERROR') throw error;
    const plain = zlib.inflateRawSync(encoded, { ...options, finishFlush: zlib.constants.Z_SYNC_FLUSH });
    if (plain.length < into.length) throw error;
    return plain;
  }
}
