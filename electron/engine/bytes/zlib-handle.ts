/** The native half of node:zlib's streams: the one way to use a stream again and again, synchronously, on buffers of one's own. */
import type { Message } from '#shared/in-english.ts';

/** One step: what was left over of both sides, or what the library said where it failed. The next step overwrites it. */
export interface ZlibStep {
  /** Free bytes at the end of the output; like the next one of no meaning where it failed. */
  outputLeft: number;
  /** Bytes at the end of the input that were not used. */
  inputLeft: number;
  /** zlib's or zstd's own words; null when all went well. */
  problem: Message | null;
  /** The name of its error, such as Z_DATA_ERROR; null when all went well. */
  code: string | null;
}

/** A handle for one stream after the other. */
export interface ZlibHandle {
  /** Starts a new stream. */
  reset(): void;
  /** Goes on with the stream; `flush` is one of node:zlib's flush constants. */
  step(flush: number, input: Uint8Array, output: Uint8Array): ZlibStep;
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
  onerror: (message: Message, errno: number, code: string) => void;
}

/**
 * The handle of `stream`, one of node:zlib's, which nothing else may use then; null where this version of Node has
 * something else inside.
 */
export function zlibHandle(stream: unknown): ZlibHandle | null {
  const { _handle, _writeState: state } = stream as {
    _handle?: Partial<NativeHandle>;
    _writeState?: unknown;
  };
  if (typeof _handle?.writeSync !== 'function' || typeof _handle.reset !== 'function') return null;
  if (!(state instanceof Uint32Array)) return null;
  const native = _handle as NativeHandle;
  const step: ZlibStep = { outputLeft: 0, inputLeft: 0, problem: null, code: null };
  native.onerror = (message, _errno, code) => {
    step.problem = message;
    step.code = code;
  };
  return {
    reset() {
      native.reset();
    },
    step(flush, input, output) {
      step.problem = null;
      step.code = null;
      native.writeSync(flush, input, 0, input.length, output, 0, output.length);
      step.outputLeft = state[0]!;
      step.inputLeft = state[1]!;
      return step;
    },
  };
}
