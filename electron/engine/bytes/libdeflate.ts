/** libdeflate, the system's own fast DEFLATE (RFC 1951), zlib (RFC 1950) and CRC-32, where it is installed; node:zlib does it elsewhere. */
import { inEnglish } from '#shared/in-english.ts';
import { loadKoffi } from './foreign-functions.ts';

/** How a DEFLATE stream is wrapped: not at all, or with zlib's header and checksum. */
export type DeflateFraming = 'raw' | 'zlib';

/** Compresses whole buffers at one level. */
export interface WholeCompressor {
  /** Compresses `plain` into `into`. @returns the length of the stream, or -1 when it does not fit. */
  readonly compress: (plain: Uint8Array, into: Uint8Array) => number;
}

/** The library, bound to the thread that asked for it. Nothing is allocated per call. */
export interface Libdeflate {
  /**
   * Decompresses the stream at the start of `encoded` into `into`; what follows the stream is ignored.
   * `into` may be overwritten to its end, whatever the result.
   * @returns how many bytes it yields, or -1 when it is damaged, cut off, or yields more than `into` holds
   */
  decompress(framing: DeflateFraming, encoded: Uint8Array, into: Uint8Array): number;
  /**
   * A compressor of level 1 (fast) to 12 (small), one for each framing and level. Matches reach 32 KiB back, all that
   * DEFLATE allows; it cannot be told to reach less far.
   */
  compressor(framing: DeflateFraming, level: number): WholeCompressor;
  /** CRC-32 (ISO 3309) of `bytes`, going on from `checksum`. */
  crc32(checksum: number, bytes: Uint8Array): number;
}

/** The environment variable that turns the library off when it is `off`: for measurements and tests. */
const switchName = 'PLATTER_LIBDEFLATE';

let library: Libdeflate | null | undefined;

/** The library, or null: not installed, switched off by PLATTER_LIBDEFLATE=off, or not what it says it is. */
export function libdeflate(): Libdeflate | null {
  if (library === undefined) library = process.env[switchName] === 'off' ? null : load();
  return library;
}

/**
 * What compresses and decompresses DEFLATE in this process, for a job's details. Both read each other's streams; the bytes
 * that they write differ, so that outputs of compressed formats are the same on machines with the same library only.
 */
export function deflateCodec(): 'libdeflate' | 'zlib' {
  return libdeflate() === null ? 'zlib' : 'libdeflate';
}

/** Where the library is looked for, by the names that the system's own loader knows. */
function libraryNames(platform: NodeJS.Platform): readonly string[] {
  if (platform === 'win32') return ['libdeflate.dll', 'deflate.dll'];
  // Homebrew's folders are not on the loader's path: Apple silicon first, then Intel.
  if (platform === 'darwin') {
    return [
      '/opt/homebrew/lib/libdeflate.0.dylib',
      '/usr/local/lib/libdeflate.0.dylib',
      'libdeflate.0.dylib',
    ];
  }
  return ['libdeflate.so.0'];
}

type Pointer = unknown;
/** One size_t, in the byte order and width of this machine. */
type SizeCell = BigUint64Array | Uint32Array;
type AllocateDecompressor = () => Pointer;
type AllocateCompressor = (level: number) => Pointer;
type Free = (pointer: Pointer) => void;
/** libdeflate_*_decompress_ex: 0 for success, else why not. The last two take one size_t each. */
type Decompress = (
  decompressor: Pointer,
  input: Uint8Array,
  inputBytes: number,
  output: Uint8Array,
  outputBytes: number,
  usedBytes: SizeCell,
  yieldedBytes: SizeCell,
) => number;
/** libdeflate_*_compress: 0 when the stream does not fit. */
type Compress = (
  compressor: Pointer,
  input: Uint8Array,
  inputBytes: number,
  output: Uint8Array,
  outputBytes: number,
) => number;
type Checksum = (checksum: number, bytes: Uint8Array, lengthBytes: number) => number;

function load(): Libdeflate | null {
  for (const name of libraryNames(process.platform)) {
    const found = bind(name);
    if (found !== null) return found;
  }
  return null;
}

function bind(name: string): Libdeflate | null {
  const ffi = loadKoffi();
  if (ffi === null) return null;
  try {
    const native = ffi.load(name);
    const decompressEx = (framing: string) =>
      native.func(
        `int libdeflate_${framing}_decompress_ex(void *d, const void *in, size_t in_nbytes, void *out, size_t out_nbytes_avail, void *actual_in, void *actual_out)`,
      ) as unknown as Decompress;
    const compress = (framing: string) =>
      native.func(
        `size_t libdeflate_${framing}_compress(void *c, const void *in, size_t in_nbytes, void *out, size_t out_nbytes_avail)`,
      ) as unknown as Compress;
    const bound = new BoundLibrary({
      allocateDecompressor: native.func('void *libdeflate_alloc_decompressor()') as AllocateDecompressor,
      freeDecompressor: native.func('void libdeflate_free_decompressor(void *d)') as Free,
      allocateCompressor: native.func('void *libdeflate_alloc_compressor(int level)') as AllocateCompressor,
      freeCompressor: native.func('void libdeflate_free_compressor(void *c)') as Free,
      decompress: { raw: decompressEx('deflate'), zlib: decompressEx('zlib') },
      compress: { raw: compress('deflate'), zlib: compress('zlib') },
      crc32: native.func(
        'uint32_t libdeflate_crc32(uint32_t crc, const void *bytes, size_t length)',
      ) as unknown as Checksum,
      newSizeCell: () => (ffi.sizeof('size_t') === 8 ? new BigUint64Array(1) : new Uint32Array(1)),
    });
    return works(bound) ? bound : null;
  } catch {
    return null;
  }
}

interface NativeFunctions {
  readonly allocateDecompressor: AllocateDecompressor;
  readonly freeDecompressor: Free;
  readonly allocateCompressor: AllocateCompressor;
  readonly freeCompressor: Free;
  readonly decompress: Readonly<Record<DeflateFraming, Decompress>>;
  readonly compress: Readonly<Record<DeflateFraming, Compress>>;
  readonly crc32: Checksum;
  readonly newSizeCell: () => SizeCell;
}

/** Stands for an empty output: an empty array need not have an address. */
const noRoom = new Uint8Array(8);

class BoundLibrary implements Libdeflate {
  readonly #native: NativeFunctions;
  readonly #decompressor: Pointer;
  readonly #compressors = new Map<string, WholeCompressor>();
  readonly #pointers: Pointer[] = [];
  // What was used is never looked at, but without asking for it the library wants the stream to end where the input does.
  readonly #used: SizeCell;
  readonly #yielded: SizeCell;

  constructor(native: NativeFunctions) {
    this.#native = native;
    this.#decompressor = required(native.allocateDecompressor());
    this.#used = native.newSizeCell();
    this.#yielded = native.newSizeCell();
    // Threads come and go with each conversion, and what was allocated here belongs to the process.
    process.once('exit', () => {
      this.#free();
    });
  }

  decompress(framing: DeflateFraming, encoded: Uint8Array, into: Uint8Array): number {
    const result = this.#native.decompress[framing](
      this.#decompressor,
      encoded,
      encoded.length,
      into.length === 0 ? noRoom : into,
      into.length,
      this.#used,
      this.#yielded,
    );
    return result === 0 ? Number(this.#yielded[0]) : -1;
  }

  compressor(framing: DeflateFraming, level: number): WholeCompressor {
    const key = `${framing} ${level}`;
    let found = this.#compressors.get(key);
    if (found === undefined) {
      found = this.#newCompressor(framing, level);
      this.#compressors.set(key, found);
    }
    return found;
  }

  #newCompressor(framing: DeflateFraming, level: number): WholeCompressor {
    const pointer = required(this.#native.allocateCompressor(level));
    this.#pointers.push(pointer);
    const compress = this.#native.compress[framing];
    return {
      compress(plain, into) {
        if (into.length === 0) return -1;
        return compress(pointer, plain, plain.length, into, into.length) || -1;
      },
    };
  }

  crc32(checksum: number, bytes: Uint8Array): number {
    // For an address of nothing the library answers its start value.
    return bytes.length === 0 ? checksum : this.#native.crc32(checksum, bytes, bytes.length);
  }

  #free(): void {
    this.#native.freeDecompressor(this.#decompressor);
    for (const pointer of this.#pointers) this.#native.freeCompressor(pointer);
  }
}

function required(pointer: Pointer): Pointer {
  if (pointer === null || pointer === 0n) throw new Error(inEnglish('libdeflate has no memory'));
  return pointer;
}

/** "platter" as a zlib stream; the raw one lies within its header of 2 bytes and its checksum of 4. */
const sample = Uint8Array.from([120, 156, 43, 200, 73, 44, 41, 73, 45, 2, 0, 11, 236, 2, 253]);

/** Whether the calls do what they should, in shared memory too: arguments that are passed wrongly would show here. */
function works(candidate: Libdeflate): boolean {
  const into = new Uint8Array(new SharedArrayBuffer(24)).subarray(8, 15);
  const text = (): string => String.fromCharCode(...into);
  const encoded = new Uint8Array(64);
  try {
    if (candidate.decompress('zlib', sample, into) !== 7 || text() !== 'platter') return false;
    into.fill(0);
    if (candidate.decompress('raw', sample.subarray(2), into) !== 7 || text() !== 'platter') return false;
    const length = candidate.compressor('raw', 1).compress(into, encoded);
    into.fill(0);
    return (
      candidate.decompress('raw', encoded.subarray(0, length), into) === 7 &&
      text() === 'platter' &&
      candidate.decompress('zlib', sample, into.subarray(0, 6)) === -1 &&
      candidate.compressor('raw', 1).compress(into, encoded.subarray(0, 3)) === -1 &&
      candidate.crc32(0, into) === 0xbb44e63c
    );
  } catch {
    return false;
  }
}
