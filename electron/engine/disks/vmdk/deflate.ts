/** Deflating one grain as a zlib stream (RFC 1950) into a given buffer, with one handle that is used over and over. */
import { createDeflate, deflateSync } from 'node:zlib';
import { zlibHandle } from './zlib-handle.ts';

/** zlib's own default: what VMware and qemu use. */
const level = 6;

type DeflateFunction = (plain: Uint8Array, into: Uint8Array) => number;

let deflate: DeflateFunction | null = null;

/** The most that deflateInto() yields for `plainBytes`: stored blocks with their headers, the stream's, and room to spare. */
export function deflateBound(plainBytes: number): number {
  return plainBytes + Math.ceil(plainBytes / 64) + 64;
}

/** Deflates `plain` into `into`. @returns the length of the stream, or -1 when it does not fit. */
export function deflateInto(plain: Uint8Array, into: Uint8Array): number {
  deflate ??= reusedDeflate() ?? plainDeflate;
  return deflate(plain, into);
}

function reusedDeflate(): DeflateFunction | null {
  const handle = zlibHandle(createDeflate({ level }));
  if (handle === null) return null;
  const fast: DeflateFunction = (plain, into) => {
    handle.reset();
    const run = handle.finish(plain, into);
    // Without room left the stream may not have ended.
    return run.failed || run.outputLeft === 0 ? -1 : into.length - run.outputLeft;
  };
  return works(fast) ? fast : null;
}

function works(candidate: DeflateFunction): boolean {
  const plain = Uint8Array.from([7, 7, 7, 7, 7, 7, 7, 9]);
  const into = new Uint8Array(64);
  try {
    const first = into.slice(0, candidate(plain, into));
    const second = into.slice(0, candidate(plain, into));
    const expected = deflateSync(plain, { level });
    return expected.equals(first) && expected.equals(second) && candidate(plain, new Uint8Array(4)) === -1;
  } catch {
    return false;
  }
}

/** As deflateInto(), by the public way. */
export function plainDeflate(plain: Uint8Array, into: Uint8Array): number {
  const encoded = deflateSync(plain, { level });
  if (encoded.length >= into.length) return -1;
  into.set(encoded);
  return encoded.length;
}
