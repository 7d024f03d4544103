/** How each wrapper is written: gzip, xz, Zstandard, and the tar in gzip that Google Compute Engine takes. */
import { constants } from 'node:zlib';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { crc32 } from '../bytes/crc32.ts';
import {
  deflateStream,
  zstdContinue,
  zstdEnd,
  zstdEncodeStream,
  type NativeStream,
} from './native-stream.ts';
import { SparseTarEncoder } from './tar-sparse-writer.ts';
import type { Emit, StreamEncoder, WrapperCreation } from './wrapped-sink.ts';
import { XzEncoder } from './xz-encoder.ts';

const outputPieceBytes = 256 << 10;
const deflateLevel = 6;
const zstdLevel = 3;
/** Stored blocks, headers and trailers: no compression adds more to what does not compress. */
const outputLimit = (sizeBytes: number): number => sizeBytes + Math.ceil(sizeBytes / 1000) + 4096;

export const gzipCreation: WrapperCreation = {
  extension: 'gz',
  encoder: (emit) => new GzipEncoder(emit),
  outputLimit,
};

export const xzCreation: WrapperCreation = {
  extension: 'xz',
  encoder: (emit) => new XzEncoder(emit),
  outputLimit,
};

export const zstdCreation: WrapperCreation = {
  extension: 'zst',
  encoder: (emit, { sizeBytes }) => new ZstdEncoder(emit, sizeBytes),
  outputLimit,
};

/** `disk.raw` in the old GNU format with its holes left out, as Google's guide makes it (`tar --format=oldgnu -Sczf`). */
export const tarGzipCreation: WrapperCreation = {
  extension: 'tar.gz',
  encoder(emit, content) {
    const gzip = new GzipEncoder(emit);
    return new SparseTarEncoder('disk.raw', content, gzip);
  },
  outputLimit: (sizeBytes) => outputLimit(sizeBytes) + (4 << 20),
};

/** Runs a native stream over pieces and gives what it makes to `emit`. */
class Pump {
  readonly #native: NativeStream;
  readonly #emit: Emit;
  readonly #output = new Uint8Array(outputPieceBytes);

  constructor(native: NativeStream, emit: Emit) {
    this.#native = native;
    this.#emit = emit;
  }

  run(flush: number, bytes: Uint8Array): void {
    let input = bytes;
    while (true) {
      const { inputLeft, outputLeft, problem } = this.#native.step(flush, input, this.#output);
      if (problem !== null)
        throw new Failure('internal', {
          problem: inEnglish('compressing: {problem}', { problem: asValue(problem) }),
        });
      const made = outputPieceBytes - outputLeft;
      if (made > 0) this.#emit(this.#output.subarray(0, made));
      input = input.subarray(input.length - inputLeft);
      if (outputLeft > 0 && inputLeft === 0) return;
    }
  }
}

const nothing = new Uint8Array(0);

/** One member without name and time (RFC 1952). */
class GzipEncoder implements StreamEncoder {
  readonly #pump: Pump;
  readonly #emit: Emit;
  #crc = 0;
  #sizeBytes = 0;

  constructor(emit: Emit) {
    const native = deflateStream(deflateLevel);
    if (native === null) throw missing('gzip', inEnglish('compressing on this version of Node'));
    this.#emit = emit;
    this.#pump = new Pump(native, emit);
    emit(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255));
  }

  write(bytes: Uint8Array): void {
    this.#crc = crc32(bytes, this.#crc);
    this.#sizeBytes += bytes.length;
    this.#pump.run(constants.Z_NO_FLUSH, bytes);
  }

  finish(): void {
    this.#pump.run(constants.Z_FINISH, nothing);
    const trailer = new DataView(new ArrayBuffer(8));
    trailer.setUint32(0, this.#crc, true);
    trailer.setUint32(4, this.#sizeBytes % 2 ** 32, true);
    this.#emit(new Uint8Array(trailer.buffer));
  }
}

/** One frame that states its content's size and has a checksum. */
class ZstdEncoder implements StreamEncoder {
  readonly #pump: Pump;

  constructor(emit: Emit, sizeBytes: number) {
    const native = zstdEncodeStream(zstdLevel, sizeBytes);
    if (native === null) throw missing('zstd', inEnglish('Zstandard on this version of Node'));
    this.#pump = new Pump(native, emit);
  }

  write(bytes: Uint8Array): void {
    this.#pump.run(zstdContinue, bytes);
  }

  finish(): void {
    this.#pump.run(zstdEnd, nothing);
  }
}

function missing(format: string, feature: Message): Failure<'image.unsupported'> {
  return new Failure('image.unsupported', { format, feature });
}
