/** The native half of node:zlib's streams: the one way to use a stream again and again on buffers of one's own. */
import { constants, type Deflate, type Inflate } from 'node:zlib';

/** One run over a whole input: what was left over, or that it failed. */
export interface ZlibRun {
  /** Free bytes at the end of the output. */
  outputLeft: number;
  /** Bytes at the end of the input that were not used. */
  inputLeft: number;
  failed: boolean;
}

/** A handle for one stream after the other. */
export interface ZlibHandle {
  /** Starts a new stream. */
  reset(): void;
  /** Goes on with the stream, as zlib's Z_FINISH does. The answer is overwritten by the next call. */
  finish(input: Uint8Array, output: Uint8Array): ZlibRun;
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

/** The handle of `stream`, which nothing else may use then; null where this version of Node has another inside. */
export function zlibHandle(stream: Inflate | Deflate): ZlibHandle | null {
  const { _handle, _writeState: state } = stream as unknown as {
    _handle?: Partial<NativeHandle>;
    _writeState?: unknown;
  };
  if (typeof _handle?.writeSync !== 'function' || typeof _handle.reset !== 'function') return null;
  if (!(state instanceof Uint32Array)) return null;
  const native = _handle as NativeHandle;
  const run: ZlibRun = { outputLeft: 0, inputLeft: 0, failed: false };
  native.onerror = () => {
    run.failed = true;
  };
  return {
    reset() {
      native.reset();
    },
    finish(input, output) {
      run.failed = false;
      native.writeSync(constants.Z_FINISH, input, 0, input.length, output, 0, output.length);
      run.outputLeft = state[0]!;
      run.inputLeft = state[1]!;
      return run;
    },
  };
}
