/** The streams that wrappers are read and written with: raw DEFLATE and Zstandard on node:zlib's native handles. */
import * as zlib from 'node:zlib';
import { zlibHandle, type ZlibHandle } from '../bytes/zlib-handle.ts';

export type NativeStream = ZlibHandle;

/** Raw DEFLATE out of "platter". */
const sample = Uint8Array.from([43, 200, 73, 44, 41, 73, 45, 2, 0]);

/** Inflates raw DEFLATE; null where this version of Node has something else inside: then own code does it. */
export function inflateStream(): NativeStream | null {
  try {
    const stream = zlibHandle(zlib.createInflateRaw());
    if (stream === null) return null;
    const into = new Uint8Array(8);
    const { outputLeft, inputLeft, problem } = stream.step(
      zlib.constants.Z_NO_FLUSH,
      new Uint8Array([...sample, 1, 2, 3]),
      into,
    );
    const works = problem === null && outputLeft === 1 && inputLeft === 3 && into[0] === 0x70;
    if (!works) return null;
    stream.reset();
    return stream;
  } catch {
    return null;
  }
}

/** Makes raw DEFLATE; null where Node has something else inside. */
export function deflateStream(level: number): NativeStream | null {
  return zlibHandle(zlib.createDeflateRaw({ level }));
}

interface ZstdZlib {
  readonly createZstdDecompress?: (options: object) => unknown;
  readonly createZstdCompress?: (options: object) => unknown;
  readonly constants: Readonly<Record<string, number>>;
}

const zstd = zlib as unknown as ZstdZlib;

/** Decodes Zstandard with windows up to 2 to the power of `windowLog`; null where this Node has none (before 22.15). */
export function zstdDecodeStream(windowLog: number): NativeStream | null {
  const { ZSTD_d_windowLogMax: name } = zstd.constants;
  if (zstd.createZstdDecompress === undefined || name === undefined) return null;
  return zlibHandle(zstd.createZstdDecompress({ params: { [name]: windowLog } }));
}

/** Makes one Zstandard frame of `sizeBytes` with a checksum; null where this Node has none. */
export function zstdEncodeStream(level: number, sizeBytes: number): NativeStream | null {
  const { ZSTD_c_compressionLevel: levelName, ZSTD_c_checksumFlag: checksumName } = zstd.constants;
  if (zstd.createZstdCompress === undefined || levelName === undefined || checksumName === undefined) {
    return null;
  }
  const params = { [levelName]: level, [checksumName]: 1 };
  return zlibHandle(zstd.createZstdCompress({ params, pledgedSrcSize: sizeBytes }));
}

/** zstd's "more follows" and "that was all". */
export const zstdContinue = zstd.constants['ZSTD_e_continue'] ?? 0;
export const zstdEnd = zstd.constants['ZSTD_e_end'] ?? 2;
