/** Reading and checking the SparseExtentHeader of a hosted sparse extent, or the footer that takes precedence over it. */
import type { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import type { ValuesOf } from '../../bytes/struct.ts';
import { isZero } from '../../bytes/zeros.ts';
import {
  compressionDeflate,
  compressionNone,
  flagCompressed,
  flagMarkers,
  flagValidNewLineDetection,
  grainDirectoryAtEnd,
  incompatibleFlags,
  markerFooter,
  maximumGrainBytes,
  maximumGrainTableEntries,
  maximumSectors,
  maximumSparseVersion,
  metadataMarker,
  newLineDetection,
  sectorBytes,
  sparseExtentHeader,
  requireTables,
  sparseMagic,
  unsupported,
} from './layout.ts';

/** Zeros behind the footer that are passed over: the end-of-stream marker, and what a block device or an archive adds. */
const maximumTrailerBytes = 1 << 20;

type HeaderValues = ValuesOf<typeof sparseExtentHeader.fields>;

/** A checked header. Sizes and offsets in sectors, as the specification has them. */
export interface SparseHeader extends Omit<HeaderValues, 'gdOffset' | 'rgdOffset'> {
  readonly gdOffset: number;
  /** Null where there is no redundant grain directory. */
  readonly rgdOffset: number | null;
  readonly compressed: boolean;
  readonly markers: boolean;
  /** Where these values are in the file, in bytes: 0, or the footer's place. */
  readonly fileOffset: number;
}

/**
 * The header of the extent in `file`; where its grain directory is at the end, the footer's values.
 * @throws Failure `image.malformed`, `image.truncated`, `image.unsupported`.
 */
export function readSparseHeader(file: ByteSource): SparseHeader {
  const values = readIdentified(file, 0);
  if (values.gdOffset !== grainDirectoryAtEnd) return check(values, 0);
  const fileOffset = findFooter(file);
  const footer = readIdentified(file, fileOffset);
  if (footer.gdOffset === grainDirectoryAtEnd) {
    throw sparseExtentHeader.malformed(
      'gdOffset',
      inEnglish('the footer does not say where the grain directory is'),
      fileOffset,
    );
  }
  return check(footer, fileOffset);
}

function readIdentified(file: ByteSource, fileOffset: number): HeaderValues {
  const values = sparseExtentHeader.read(file, fileOffset);
  if (values.magicNumber !== sparseMagic) {
    throw sparseExtentHeader.malformed(
      'magicNumber',
      inEnglish('it is not {sparseMagic}', { sparseMagic }),
      fileOffset,
    );
  }
  return values;
}

/** The footer is the last sector that is not all zeros ("…the last block of the disk, followed by the end-of-stream marker"). */
function findFooter(file: ByteSource): number {
  const end = Math.floor(file.sizeBytes / sectorBytes) * sectorBytes;
  const first = Math.max(2 * sectorBytes, end - maximumTrailerBytes);
  for (let at = end - sectorBytes; at >= first; at -= sectorBytes) {
    const sector = readBytes(file, at, sectorBytes);
    if (isZero(sector)) continue;
    const marker = metadataMarker.read(file, at - sectorBytes);
    const isFooter = marker.size === 0 && marker.type === markerFooter;
    if (!isFooter || !Buffer.from(sparseMagic).equals(sector.subarray(0, sparseMagic.length))) break;
    return at;
  }
  throw sparseExtentHeader.malformed(
    'gdOffset',
    inEnglish(
      'the grain directory should be at the end, but the file does not end with a footer: it is cut off',
    ),
  );
}

function check(values: HeaderValues, fileOffset: number): SparseHeader {
  const wrong = (field: keyof HeaderValues, problem: Message): Failure =>
    sparseExtentHeader.malformed(field, problem, fileOffset);
  const { version, grainSize, numGTEsPerGT, flags } = values;
  if (version < 1) throw wrong('version', inEnglish('there is no version 0'));
  if (version > maximumSparseVersion)
    throw unsupported(inEnglish('sparse extents of version {version}', { version }));
  checkNewLines(values, fileOffset);
  const { compressed, markers } = checkCompression(values, fileOffset);
  const grainLimit = maximumGrainBytes / sectorBytes;
  if (!isPowerOfTwo(grainSize) || grainSize > grainLimit) {
    throw wrong(
      'grainSize',
      inEnglish('{grainSize} is not a power of two from 1 to {grainLimit}', { grainSize, grainLimit }),
    );
  }
  if (!isPowerOfTwo(numGTEsPerGT) || numGTEsPerGT > maximumGrainTableEntries) {
    throw wrong(
      'numGTEsPerGT',
      inEnglish('{numGTEsPerGT} is not a power of two from 1 to {maximumGrainTableEntries}', {
        numGTEsPerGT,
        maximumGrainTableEntries,
      }),
    );
  }
  if (values.capacity > maximumSectors) {
    throw wrong(
      'capacity',
      inEnglish('{capacity} sectors is beyond any possible size', { capacity: values.capacity }),
    );
  }
  requireTables(Math.ceil(values.capacity / grainSize / numGTEsPerGT), (problem) =>
    wrong('capacity', problem),
  );
  const gdOffset = Number(values.gdOffset);
  const redundant = (flags & 2) !== 0 && values.rgdOffset !== 0n && values.rgdOffset !== values.gdOffset;
  return {
    ...values,
    gdOffset,
    rgdOffset: redundant ? Number(values.rgdOffset) : null,
    compressed,
    markers,
    fileOffset,
  };
}

/** "…used to detect when the file has been corrupted by file transfers that change line ends." */
function checkNewLines(values: HeaderValues, fileOffset: number): void {
  if ((values.flags & flagValidNewLineDetection) === 0) return;
  for (const field of Object.keys(newLineDetection) as (keyof typeof newLineDetection)[]) {
    if (values[field] !== newLineDetection[field]) {
      const problem = inEnglish('a transfer that changes line ends has damaged the file');
      throw sparseExtentHeader.malformed(field, problem, fileOffset);
    }
  }
}

function checkCompression(
  values: HeaderValues,
  fileOffset: number,
): { compressed: boolean; markers: boolean } {
  const { flags, compressAlgorithm } = values;
  const unknown = (flags & incompatibleFlags & ~(flagCompressed | flagMarkers)) >>> 0;
  if (unknown !== 0)
    throw unsupported(
      inEnglish('sparse extents with the flags 0x{unknown}', { unknown: unknown.toString(16) }),
    );
  const compressed = (flags & flagCompressed) !== 0;
  const markers = (flags & flagMarkers) !== 0;
  if (compressAlgorithm > compressionDeflate)
    throw unsupported(inEnglish('compression algorithm {compressAlgorithm}', { compressAlgorithm }));
  if (compressed !== (compressAlgorithm !== compressionNone)) {
    const problem = compressed
      ? inEnglish('the grains are flagged as compressed, with no algorithm')
      : inEnglish('the grains are not flagged as compressed');
    throw sparseExtentHeader.malformed('compressAlgorithm', problem, fileOffset);
  }
  if (markers && !compressed) throw unsupported(inEnglish('markers in an extent that is not compressed'));
  return { compressed, markers };
}

function isPowerOfTwo(value: number): boolean {
  return value >= 1 && Number.isInteger(Math.log2(value));
}
