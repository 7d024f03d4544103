/** The native half of node:zlib's streams, run step by step and synchronously over buffers of one's own. */
import * as zlib from 'node:zlib';

/** One step: what was left over of both sides, and what the library said where it failed. The next step overwrites it. */
export interface StreamStep {
  outputLeft: number;
  inputLeft: number;
  /** zlib's or zstd's own words; null when all went well. */
  problem: string | null;
}

export interface NativeStream {
  /** Starts a new stream. */
  reset(): void;
  /** Goes on with the stream; `flush` is one of node:zlib's flush constants. */
  step(flush: number, input: Uint8Array, output: Uint8Array): StreamStep;
}

/** As Node has it inside, from 11 on at least to 24. */
interface NativeHandle {
  reset(): void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputBytes: number,
    output: Uint8Array,
    outputOffset: number,
    outputBytes: number,
  ): void;
  onerror: (message: string, errno: number, code: string) => void;
}

function nativeStream(stream: unknown): NativeStream | null {
  const { _handle, _writeState: state } = stream as {
    _handle?: Partial<NativeHandle>;
    _writeState?: unknown;
  };
  if (typeof _handle?.writeSync !== 'function' || typeof _handle.reset !== 'function') return null;
  if (!(state instanceof Uint32Array)) return null;
  const native = _handle as NativeHandle;
  const step: StreamStep = { outputLeft: 0, inputLeft: 0, problem: null };
  native.onerror = (message) => {
    step.problem = message;
  };
  return {
    reset() {
      native.reset();
    },
    step(flush, input, output) {
      step.problem = null;
      native.writeSync(flush, input, 0, input.length, output, 0, output.length);
      step.outputLeft = state[0]!;
      step.inputLeft = state[1]!;
      return step;
    },
  };
}

/** Raw DEFLATE out of "platter". */
const sample = Uint8Array.from([43, 200, 73, 44, 41, 73, 45, 2, 0]);

/** Inflates raw DEFLATE; null where this version of Node has something else inside: then own code does it. */
export function inflateStream(): NativeStream | null {
  try {
    const stream = nativeStream(zlib.createInflateRaw());
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
  return nativeStream(zlib.createDeflateRaw({ level }));
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
  return nativeStream(zstd.createZstdDecompress({ params: { [name]: windowLog } }));
}

/** Makes one Zstandard frame of `sizeBytes` with a checksum; null where this Node has none. */
export function zstdEncodeStream(level: number, sizeBytes: number): NativeStream | null {
  const { ZSTD_c_compressionLevel: levelName, ZSTD_c_checksumFlag: checksumName } = zstd.constants;
  if (zstd.createZstdCompress === undefined || levelName === undefined || checksumName === undefined) {
    return null;
  }
  const params = { [levelName]: level, [checksumName]: 1 };
  return nativeStream(zstd.createZstdCompress({ params, pledgedSrcSize: sizeBytes }));
}

/** zstd's "more follows" and "that was all". */
export const zstdContinue = zstd.constants['ZSTD_e_continue'] ?? 0;
export const zstdEnd = zstd.constants['ZSTD_e_end'] ?? 2;
