/** Compressed clusters: their descriptors, and both compression types (section Cluster mapping). */
import { inEnglish } from '#shared/in-english.ts';
import { deflater } from '../compression/deflate.ts';
import * as inflating from '../compression/inflate.ts';
import { hasZstd, zstdCompressor, zstdInto as decompressInto } from '../compression/zstd.ts';
import type { UnitEncoder } from '../driver.ts';
import { sectorBytes, unsupported, type CompressionType } from './layout.ts';

const twoTo32 = 2 ** 32;

/*
 * A Compressed Clusters Descriptor is the lower 62 bits of an L2 entry: below bit x = 62 - (cluster_bits - 8) the host
 * offset, above it the number of further sectors. x is more than 32, so the split lies in the entry's upper word.
 */
function offsetBitsInHighWord(clusterBits: number): number {
  return 62 - (clusterBits - 8) - 32;
}

/** The host offset in bytes that the two words of an L2 entry name. */
export function compressedOffset(high: number, low: number, clusterBits: number): number {
  return (high & (2 ** offsetBitsInHighWord(clusterBits) - 1)) * twoTo32 + (low >>> 0);
}

/** How many bytes from the host offset on the compressed cluster may take: up to the end of its last sector. */
export function compressedBytes(high: number, low: number, clusterBits: number): number {
  const furtherSectors = (high & 0x3fffffff) >>> offsetBitsInHighWord(clusterBits);
  return (furtherSectors + 1) * sectorBytes - (low & (sectorBytes - 1));
}

/** The upper word of the L2 entry for `lengthBytes` at `fileOffset`; the lower one is the offset's. */
export function compressedEntryHighWord(
  fileOffset: number,
  lengthBytes: number,
  clusterBits: number,
): number {
  const offsetBits = offsetBitsInHighWord(clusterBits);
  const offsetHigh = Math.floor(fileOffset / twoTo32);
  if (offsetHigh >= 2 ** Math.min(offsetBits, 24)) {
    throw unsupported(
      inEnglish('compressed clusters of 2^{clusterBits} bytes at {fileOffset}', { clusterBits, fileOffset }),
    );
  }
  const lastSector = Math.floor((fileOffset + lengthBytes - 1) / sectorBytes);
  const furtherSectors = lastSector - Math.floor(fileOffset / sectorBytes);
  return (0x40000000 | (furtherSectors << offsetBits) | offsetHigh) >>> 0;
}

/** The most bytes that a descriptor can span. */
export function maximumEncodedBytes(clusterBytes: number): number {
  return 2 * clusterBytes;
}

/**
 * Inflates the raw deflate stream at the start of `encoded` (any window, anything may follow it) into `into`.
 * @returns how many bytes the stream holds, at most `into.length`
 * @throws RangeError when the stream is broken or holds more.
 */
export function inflateInto(encoded: Uint8Array, into: Uint8Array): number {
  return yielded(inflating.inflateInto('raw', encoded, into), into, 'deflate stream');
}

/** @throws RangeError for answers that are not lengths. */
function yielded(length: number, { length: room }: Uint8Array, what: string): number {
  if (length >= 0) return length;
  throw new RangeError(
    length === inflating.inflateTooLong
      ? `it holds more than ${room} bytes`
      : `its ${what} is damaged or cut off`,
  );
}

/**
 * Decompresses the zstd frame at the start of `encoded` (anything may follow it) into `into`.
 * @returns how many bytes the frame holds, at most `into.length`
 * @throws RangeError when the frame is broken or holds more; Failure `image.unsupported` on runtimes without zstd.
 */
export function zstdInto(encoded: Uint8Array, into: Uint8Array): number {
  requireZstd();
  return yielded(decompressInto(encoded, into), into, 'zstd frame');
}

/** Older runtimes have no zstd in node:zlib. @throws Failure `image.unsupported` there. */
export function requireZstd(): void {
  if (!hasZstd()) throw unsupported(inEnglish('zstd on this version of the runtime'));
}

/**
 * The specification names RFC 1951 and no window, and readers inflate a cluster into one piece of memory, in which all of it can
 * be reached. With 32 KiB instead of the 4 that qemu writes with, the quickest levels make smaller clusters than its level 6.
 */
const deflateLevel = { libdeflate: 1, zlib: 1 };

/** What compressed clusters are called where one image takes those of another. */
export function encodingName(compression: CompressionType): string {
  return `qcow2 ${compression}`;
}

/** Compresses whole clusters; what does not become smaller is stored plain. */
export class ClusterEncoder implements UnitEncoder {
  readonly maximumBytes: number;
  readonly encoding: string;
  /** The length, or -1 when it does not fit. */
  readonly #compress: (unit: Uint8Array, into: Uint8Array) => number;

  /** @throws Failure `image.unsupported` for zstd where the runtime has none. */
  constructor(compression: CompressionType, clusterBytes: number) {
    this.maximumBytes = clusterBytes - 1;
    this.encoding = encodingName(compression);
    if (compression === 'zstd') requireZstd();
    const compressor =
      compression === 'zlib' ? deflater({ framing: 'raw', level: deflateLevel }) : zstdCompressor();
    this.#compress = compressor.compress;
  }

  encode(unit: Uint8Array, into: Uint8Array): number {
    return this.#compress(unit, into.subarray(0, this.maximumBytes));
  }
}
