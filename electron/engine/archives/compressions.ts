/** The compressions of single files: which one a file has, and its bytes decompressed. */
import { Failure, isFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { MemorySource, type ByteSource } from '../bytes/source.ts';
import { bzip2Stream, isBzip2 } from './bzip2.ts';
import { DecodedSource, readStart, type CompressedStream, type DecodeLimits } from './decoded-source.ts';
import { gzipStream, isGzip } from './gzip.ts';
import { isLz4, lz4Stream } from './lz4.ts';
import { isLzmaAlone, lzmaAloneStream } from './lzma-alone.ts';
import { xzStream } from './xz.ts';
import { isXz } from './xz-layout.ts';
import { isZstd, zstdStream } from './zstd.ts';

export interface Compression {
  readonly id: string;
  readonly title: string;
  /** Without the dot; the first is the usual one. */
  readonly extensions: readonly string[];
  /** By content. Never throws for what a file holds. */
  probe(file: ByteSource): boolean;
  /** What is in it. Does not own the file. */
  stream(file: ByteSource, limits: DecodeLimits): CompressedStream;
}

/** In the order of asking; lzma, which has no magic number, comes last. */
export const compressions: readonly Compression[] = [
  { id: 'gzip', title: 'gzip', extensions: ['gz', 'tgz'], probe: isGzip, stream: gzipStream },
  { id: 'xz', title: 'xz', extensions: ['xz', 'txz'], probe: isXz, stream: xzStream },
  {
    id: 'zstd',
    title: inEnglish('Zstandard'),
    extensions: ['zst', 'tzst', 'zstd'],
    probe: isZstd,
    stream: zstdStream,
  },
  { id: 'bzip2', title: 'bzip2', extensions: ['bz2', 'tbz', 'tbz2'], probe: isBzip2, stream: bzip2Stream },
  { id: 'lz4', title: 'LZ4', extensions: ['lz4'], probe: isLz4, stream: lz4Stream },
  { id: 'lzma', title: 'LZMA', extensions: ['lzma', 'tlz'], probe: isLzmaAlone, stream: lzmaAloneStream },
];

const probedBytes = 4096;

/** The compression that the file has; null when it has none that is known. */
export function probeCompression(file: ByteSource): Compression | null {
  // A compressed file's size costs a pass over all of it: what is in it is told by its start alone.
  const start = file.seekable ? file : new MemorySource(readStart(file, probedBytes), file.path);
  return compressions.find(({ probe }) => probe(start)) ?? null;
}

/** The decompressed bytes of `file`, and by what they were compressed; null when they are not. Then `file` stays the caller's. */
export function openCompression(
  file: ByteSource,
  limits: DecodeLimits = {},
): { readonly source: DecodedSource; readonly id: string } | null {
  const compression = probeCompression(file);
  if (compression === null) return null;
  const { id } = compression;
  return { source: new DecodedSource(file, file.path, compression.stream(file, limits), limits), id };
}

/**
 * The bytes of `source` decompressed, whatever the compression; null when there is none. Takes ownership of `source`
 * unless the answer is null.
 */
export function openDecompressed(source: ByteSource, limits: DecodeLimits = {}): ByteSource | null {
  return openCompression(source, limits)?.source ?? null;
}

/**
 * Up to `lengthBytes` from the start of what `source` holds compressed, for recognising it cheaply; null when it is not
 * compressed, or damaged before its first byte. What is damaged later ends there. Does not close `source`.
 */
export function decompressStart(
  source: ByteSource,
  lengthBytes: number,
  limits: DecodeLimits = {},
): Uint8Array | null {
  const compression = probeCompression(source);
  if (compression === null) return null;
  const into = new Uint8Array(lengthBytes);
  let done = 0;
  try {
    const decoder = compression.stream(source, limits).decoderAt(0, 0);
    while (done < lengthBytes) {
      const count = decoder.decode(into.subarray(done));
      if (count === 0) break;
      done += count;
    }
  } catch (error) {
    if (!(error instanceof Failure) || error.code.startsWith('io.') || isFailure(error, 'internal'))
      throw error;
    if (done === 0) return null;
  }
  return into.subarray(0, done);
}
