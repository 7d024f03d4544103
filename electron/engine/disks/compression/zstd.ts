/** Zstandard frames (RFC 8878) of units of a disk, by node:zlib where this version of Node has them, into a buffer of one's own. */
import * as zlib from 'node:zlib';
import type { WholeCompressor } from '../../bytes/libdeflate.ts';
import { zlibHandle, type ZlibHandle } from '../../bytes/zlib-handle.ts';
import { inflateDamaged, inflateTooLong } from './inflate.ts';

/** What RFC 8878 asks every decoder to support, and far more than a unit needs: 8 MiB. */
const windowLog = 23;

/** Whether this version of Node has Zstandard: from 22.15 and 23.8 on. */
export function hasZstd(): boolean {
  return typeof zlib.zstdDecompressSync === 'function';
}

type DecompressFunction = (encoded: Uint8Array, into: Uint8Array) => number;

let decompress: DecompressFunction | null = null;

/**
 * Decompresses the frame at the start of `encoded` into `into`; what follows the frame is ignored. Call it where hasZstd().
 * @returns how many bytes it yields (fewer where it is cut off); inflateDamaged, or inflateTooLong when it yields more than
 *   `into` holds. Then `into` may hold anything.
 */
export function zstdInto(encoded: Uint8Array, into: Uint8Array): number {
  decompress ??= reusedDecompress() ?? plainDecompress;
  return decompress(encoded, into);
}

/** One handle for all frames; null where Node has something else inside. */
export function reusedDecompress(): DecompressFunction | null {
  let handle: ZlibHandle | null = null;
  // A handle does not tell whether a frame has ended: only a byte of room that is left over says that nothing more comes.
  let roomy = new Uint8Array(0);
  const run: DecompressFunction = (encoded, into) => {
    // Node forgets the limit when a stream is reset.
    if (windowBytesOf(encoded) > 2 ** windowLog) return inflateDamaged;
    // But where the frame says how much it holds, the library takes no frame that holds anything else.
    const isExact = contentBytesOf(encoded) === into.length;
    if (!isExact && roomy.length !== into.length + 1) roomy = new Uint8Array(into.length + 1);
    handle ??= zlibHandle(zlib.createZstdDecompress())!;
    handle.reset();
    const { problem, outputLeft } = handle.step(zlib.constants.ZSTD_e_end, encoded, isExact ? into : roomy);
    if (problem !== null) {
      // Nor does a reset make it forget an error.
      handle = null;
      return inflateDamaged;
    }
    if (isExact) return into.length - outputLeft;
    if (outputLeft === 0) return inflateTooLong;
    const length = roomy.length - outputLeft;
    into.set(roomy.subarray(0, length));
    return length;
  };
  return zlibHandle(zlib.createZstdDecompress()) !== null && decompresses(run) ? run : null;
}

/**
 * The Window_Size of the frame (RFC 8878, section 3.1.1.1.2) that decoding has to keep; 0 where it is the content's own
 * size (no more than what is decoded is kept then), or where this is no frame.
 */
export function windowBytesOf(encoded: Uint8Array): number {
  const [descriptor = 0, window = 0] = encoded.subarray(4, 6);
  if (isSingleSegment(descriptor) || !isFrame(encoded)) return 0;
  const base = 2 ** (10 + (window >>> 3));
  return base + (base / 8) * (window & 7);
}

/** The Frame_Content_Size (RFC 8878, section 3.1.1.1.4); null where the frame does not say it, or it is beyond any unit. */
export function contentBytesOf(encoded: Uint8Array): number | null {
  const descriptor = encoded[4];
  if (descriptor === undefined || !isFrame(encoded)) return null;
  const isSingle = isSingleSegment(descriptor);
  const flag = descriptor >>> 6;
  if (flag === 3 || (flag === 0 && !isSingle)) return null;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3]!;
  const at = 5 + (isSingle ? 0 : 1) + dictionaryIdBytes;
  const [first = 0, second = 0, third = 0, fourth = 0] = encoded.subarray(at, at + 4);
  if (flag === 0) return first;
  if (flag === 1) return 256 + first + 256 * second;
  return (first | (second << 8) | (third << 16) | (fourth << 24)) >>> 0;
}

/** Magic_Number, little-endian. */
const magic = [0x28, 0xb5, 0x2f, 0xfd];

const isFrame = (encoded: Uint8Array): boolean => magic.every((byte, index) => encoded[index] === byte);

/** Single_Segment_flag of the Frame_Header_Descriptor: the window is the content's size, and has no byte of its own. */
const isSingleSegment = (descriptor: number): boolean => (descriptor & 0x20) !== 0;

function decompresses(candidate: DecompressFunction): boolean {
  const plain = Uint8Array.from([5, 6, 7, 8]);
  const frame = zlib.zstdCompressSync(plain);
  const into = new Uint8Array(4);
  return (
    candidate(frame, into) === 4 &&
    into.join() === plain.join() &&
    candidate(frame, new Uint8Array(3)) === inflateTooLong &&
    candidate(Buffer.concat([frame, frame]), new Uint8Array(9)) === 4
  );
}

/** A decompressor allocates one output block more unless its first has room to spare. */
const spareBytes = 64;

/** The same by the public way. */
export function plainDecompress(encoded: Uint8Array, into: Uint8Array): number {
  try {
    const plain = zlib.zstdDecompressSync(encoded, {
      maxOutputLength: into.length,
      chunkSize: into.length + spareBytes,
      params: { [zlib.constants.ZSTD_d_windowLogMax]: windowLog },
    });
    into.set(plain);
    return plain.length;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ERR_BUFFER_TOO_LARGE' ? inflateTooLong : inflateDamaged;
  }
}

/** The library's default: a reset handle of Node's forgets every other. */
const level = 3;

/** What ZSTD_compressBound adds for short inputs, at the most, beside a 256th of the input. */
const longestOverhead = 64;

let compressor: WholeCompressor | null = null;

/** What makes frames, the same ones of the same input. Call it where hasZstd(). */
export function zstdCompressor(): WholeCompressor {
  compressor ??= reusedCompressor() ?? plainCompressor;
  return compressor;
}

/** One handle for all frames; null where Node has something else inside. */
export function reusedCompressor(): WholeCompressor | null {
  const handle = zlibHandle(zlib.createZstdCompress());
  if (handle === null) return null;
  // With room for the longest frame that there can be, the library writes there at once instead of into a buffer of its own.
  let room = new Uint8Array(0);
  const candidate: WholeCompressor = {
    compress(plain, into) {
      const longest = plain.length + (plain.length >>> 8) + longestOverhead;
      if (room.length < longest) room = new Uint8Array(longest);
      handle.reset();
      const { problem, outputLeft } = handle.step(zlib.constants.ZSTD_e_end, plain, room);
      const length = room.length - outputLeft;
      if (problem !== null || length >= into.length) return -1;
      into.set(room.subarray(0, length));
      return length;
    },
  };
  const plain = Uint8Array.from([5, 6, 7, 8]);
  const into = new Uint8Array(64);
  const same = (): boolean =>
    into.slice(0, candidate.compress(plain, into)).join() === zlib.zstdCompressSync(plain).join();
  return same() && same() ? candidate : null;
}

/** The same by the public way. */
export const plainCompressor: WholeCompressor = {
  compress(plain, into) {
    const params = { [zlib.constants.ZSTD_c_compressionLevel]: level };
    const encoded = zlib.zstdCompressSync(plain, { chunkSize: plain.length + spareBytes, params });
    if (encoded.length >= into.length) return -1;
    into.set(encoded);
    return encoded.length;
  },
};
