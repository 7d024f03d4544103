/** The persistent dirty bitmaps of a qcow2 image, listed (section Bitmaps). */
import type { Fact } from '#shared/domain/image.ts';
import { inEnglish, type Phrase } from '#shared/in-english.ts';
import { readBytes, requireWithin, type ByteSource } from '../../bytes/source.ts';
import { decodeExtension, decodeText } from './header-extensions.ts';
import type { Header } from './header.ts';
import {
  bitmapDirectoryEntry,
  bitmapsExtension,
  maximumBitmapBytes,
  maximumBitmapDirectoryBytes,
  maximumBitmaps,
  roundUp,
} from './layout.ts';

/** Facts are for reading: of more bitmaps than this only the number is said. */
const maximumListed = 50;

/** The bits of a bitmap directory entry's flags. */
const inUse = 1;
const auto = 2;

/** A bitmap as the directory describes it. Its table has `tableEntries` entries at `tableOffset` of the file. */
export interface Bitmap {
  readonly name: string;
  readonly granularityBits: number;
  readonly flags: number;
  readonly tableOffset: number;
  readonly tableEntries: number;
}

export interface BitmapDirectory {
  readonly fileOffset: number;
  readonly lengthBytes: number;
  readonly bitmapCount: number;
  /** Lazily, in their order. @throws Failure `image.malformed`. */
  bitmaps(): Iterable<Bitmap>;
}

/**
 * The directory of a consistent bitmaps extension; null without one.
 * @throws Failure `image.malformed`, `image.truncated`.
 */
export function readBitmapDirectory(file: ByteSource, header: Header): BitmapDirectory | null {
  const { bitmaps } = header.extensions;
  if (bitmaps === null || !header.bitmapsConsistent) return null;
  const {
    nbBitmaps: bitmapCount,
    bitmapDirectoryOffset: fileOffset,
    bitmapDirectorySize: lengthBytes,
  } = decodeExtension(bitmaps, bitmapsExtension);
  if (bitmapCount === 0 || bitmapCount > maximumBitmaps) {
    throw bitmapsExtension.malformed(
      'nbBitmaps',
      inEnglish('{bitmapCount} is not from 1 to {maximumBitmaps}', { bitmapCount, maximumBitmaps }),
    );
  }
  const leastBytes = bitmapCount * bitmapDirectoryEntry.sizeBytes;
  if (lengthBytes < leastBytes || lengthBytes > maximumBitmapDirectoryBytes) {
    const problem = inEnglish('{lengthBytes} bytes do not fit {bitmapCount} bitmaps', {
      lengthBytes,
      bitmapCount,
    });
    throw bitmapsExtension.malformed('bitmapDirectorySize', problem);
  }
  if (fileOffset === 0 || fileOffset % header.clusterBytes !== 0) {
    const problem = inEnglish('{fileOffset} is not the start of a cluster after the header', { fileOffset });
    throw bitmapsExtension.malformed('bitmapDirectoryOffset', problem);
  }
  requireWithin(file, fileOffset, lengthBytes);
  const bitmapsIn = (): Iterable<Bitmap> =>
    readEntries(file, header.clusterBytes, fileOffset, lengthBytes, bitmapCount);
  return { fileOffset, lengthBytes, bitmapCount, bitmaps: bitmapsIn };
}

function* readEntries(
  file: ByteSource,
  clusterBytes: number,
  start: number,
  lengthBytes: number,
  count: number,
): Iterable<Bitmap> {
  const end = start + lengthBytes;
  let at = start;
  for (let index = 0; index < count; index++) {
    if (at + bitmapDirectoryEntry.sizeBytes > end) {
      throw bitmapDirectoryEntry.malformed(
        'nameSize',
        inEnglish('the directory ends before its last entry'),
        at,
      );
    }
    const entry = bitmapDirectoryEntry.read(file, at);
    const nameAt = at + bitmapDirectoryEntry.sizeBytes + entry.extraDataSize;
    const next = roundUp(nameAt + entry.nameSize, 8);
    if (next > end)
      throw bitmapDirectoryEntry.malformed('nameSize', inEnglish('the entry leaves the directory'), at);
    if (entry.granularityBits > 63) {
      throw bitmapDirectoryEntry.malformed(
        'granularityBits',
        inEnglish('{granularityBits} is more than 63', { granularityBits: entry.granularityBits }),
        at,
      );
    }
    if (entry.bitmapTableSize * clusterBytes > maximumBitmapBytes) {
      const problem = inEnglish('{bitmapTableSize} clusters are more than {maximumBitmapBytes} bytes', {
        bitmapTableSize: entry.bitmapTableSize,
        maximumBitmapBytes,
      });
      throw bitmapDirectoryEntry.malformed('bitmapTableSize', problem, at);
    }
    yield {
      name: decodeText(readBytes(file, nameAt, entry.nameSize)),
      granularityBits: entry.granularityBits,
      flags: entry.flags,
      tableOffset: entry.bitmapTableOffset,
      tableEntries: entry.bitmapTableSize,
    };
    at = next;
  }
}

/**
 * One fact for each bitmap of a consistent bitmaps extension.
 * @throws Failure `image.malformed`, `image.truncated`.
 */
export function readBitmapFacts(file: ByteSource, header: Header): Fact[] {
  const directory = readBitmapDirectory(file, header);
  const facts: Fact[] = [];
  for (const { name, granularityBits, flags } of directory?.bitmaps() ?? []) {
    if (facts.length === maximumListed) {
      facts.push({ label: inEnglish('Further bitmaps'), value: `${directory!.bitmapCount - maximumListed}` });
      break;
    }
    facts.push({ label: inEnglish('Bitmap'), value: describe(name, granularityBits, flags) });
  }
  return facts;
}

function describe(name: string, granularityBits: number, flags: number): Phrase {
  const count = 2 ** granularityBits;
  if ((flags & inUse) !== 0)
    return inEnglish('{name}, {count} bytes a bit, not saved correctly', { name, count });
  return (flags & auto) !== 0
    ? inEnglish('{name}, {count} bytes a bit, enabled', { name, count })
    : inEnglish('{name}, {count} bytes a bit, disabled', { name, count });
}
