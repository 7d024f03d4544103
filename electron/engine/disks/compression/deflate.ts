/** Deflating units of a disk, as raw DEFLATE (RFC 1951) or zlib streams (RFC 1950), into a buffer of one's own. */
import * as zlib from 'node:zlib';
import { libdeflate, type DeflateFraming, type WholeCompressor } from '../../bytes/libdeflate.ts';
import { zlibHandle } from '../../bytes/zlib-handle.ts';

export interface DeflateSettings {
  readonly framing: DeflateFraming;
  /** How hard each library tries: 1 (fast) to libdeflate's 12 and zlib's 9 (small). Equal levels are not equally quick or small. */
  readonly level: { readonly libdeflate: number; readonly zlib: number };
}

/** The most that a stream of `plainBytes` takes: stored blocks with their headers, the stream's, and room to spare. */
export function deflateBound(plainBytes: number): number {
  return plainBytes + Math.ceil(plainBytes / 64) + 64;
}

const known = new Map<string, WholeCompressor>();

/**
 * What deflates with those settings: libdeflate, or zlib where the system has none. Matches reach as far back as DEFLATE allows.
 * On one machine the same input gives the same bytes, whatever came before and on however many threads; another machine,
 * with another library or version, may make other bytes of it.
 */
export function deflater(settings: DeflateSettings): WholeCompressor {
  const { framing, level } = settings;
  const key = `${framing} ${level.libdeflate} ${level.zlib}`;
  let found = known.get(key);
  if (found === undefined) {
    found =
      libdeflate()?.compressor(framing, level.libdeflate) ??
      reusedDeflate(settings) ??
      plainDeflate(settings);
    known.set(key, found);
  }
  return found;
}

function optionsFor({ level }: DeflateSettings): zlib.ZlibOptions {
  return { level: level.zlib, memLevel: 9 };
}

/** Node's zlib with one handle for all streams; null where it cannot be. */
export function reusedDeflate(settings: DeflateSettings): WholeCompressor | null {
  const options = optionsFor(settings);
  const handle = zlibHandle(
    settings.framing === 'raw' ? zlib.createDeflateRaw(options) : zlib.createDeflate(options),
  );
  if (handle === null) return null;
  const compressor: WholeCompressor = {
    compress(plain, into) {
      handle.reset();
      const { problem, outputLeft } = handle.step(zlib.constants.Z_FINISH, plain, into);
      // Without room left the stream may not have ended.
      return problem !== null || outputLeft === 0 ? -1 : into.length - outputLeft;
    },
  };
  return works(compressor, plainDeflate(settings)) ? compressor : null;
}

function works(candidate: WholeCompressor, reference: WholeCompressor): boolean {
  const plain = Uint8Array.from([7, 7, 7, 7, 7, 7, 7, 9]);
  const compress = ({ compress: run }: WholeCompressor): string => {
    const into = new Uint8Array(64);
    return into.slice(0, run(plain, into)).join();
  };
  try {
    const expected = compress(reference);
    return (
      compress(candidate) === expected &&
      compress(candidate) === expected &&
      candidate.compress(plain, new Uint8Array(4)) === -1
    );
  } catch {
    return false;
  }
}

/** The same by the public way. */
export function plainDeflate(settings: DeflateSettings): WholeCompressor {
  const options = optionsFor(settings);
  const run = settings.framing === 'raw' ? zlib.deflateRawSync : zlib.deflateSync;
  return {
    compress(plain, into) {
      const encoded = run(plain, { ...options, chunkSize: deflateBound(plain.length) });
      if (encoded.length >= into.length) return -1;
      into.set(encoded);
      return encoded.length;
    },
  };
}
