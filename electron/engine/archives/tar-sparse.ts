/** Sparse members as GNU tar stores them: the old format, and pax 0.0, 0.1 and 1.0 (GNU tar manual, "Sparse Formats"). */
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { SparseMap } from './sparse-source.ts';
import {
  blockBytes,
  gnuSparseFields,
  malformedTar,
  readReached,
  readTarNumber,
  tarText,
} from './tar-header.ts';
import { paxNumber, type PaxRecords } from './tar-pax.ts';

/** Pieces in one file: more than any real file has, less than memory minds. */
const pieceLimit = 1 << 18;
const entryBytes = 24;
const entriesPerExtension = 21;

/** A map, and how many bytes of the member come before the data of its pieces. */
export interface SparseMember {
  readonly map: SparseMap;
  readonly mapBytes: number;
}

/** Whether the records say that the member is sparse. */
export function isPaxSparse(records: PaxRecords): boolean {
  const { values } = records;
  return values.has('GNU.sparse.major') || values.has('GNU.sparse.map') || values.has('GNU.sparse.size');
}

/**
 * The map of a member whose typeflag is S: four entries in the header, then blocks of 21 for as long as each says that
 * there are more. Those blocks lie before the member's data and are not part of its size.
 */
export function readOldSparseMap(
  source: ByteSource,
  block: Uint8Array,
  fileOffset: number,
  storedBytes: number,
): SparseMember {
  const numbers: number[] = [];
  const take = (bytes: Uint8Array, at: number, count: number): void => {
    for (let entry = 0; entry < count; entry++) {
      const start = at + entry * entryBytes;
      if (bytes[start] === 0) return;
      numbers.push(
        readTarNumber(bytes.subarray(start, start + 12), fileOffset),
        readTarNumber(bytes.subarray(start + 12, start + 24), fileOffset),
      );
    }
  };
  const { entries, entryCount, isExtended, realSize } = gnuSparseFields;
  take(block, entries, entryCount);
  let mapBytes = 0;
  for (let more = block[isExtended] !== 0; more;) {
    const extension = readReached(source, fileOffset + blockBytes + mapBytes, blockBytes);
    mapBytes += blockBytes;
    take(extension, 0, entriesPerExtension);
    if (numbers.length > pieceLimit * 2)
      throw malformedTar(inEnglish('a sparse map is too long'), fileOffset);
    more = extension[entriesPerExtension * entryBytes] !== 0;
  }
  const sizeBytes = readTarNumber(block.subarray(realSize, realSize + 12), fileOffset);
  return { map: makeMap(numbers, sizeBytes, storedBytes, fileOffset), mapBytes };
}

/**
 * The map that pax records give, or (1.0) that the member's data begins with: decimal numbers, one a line, padded to
 * whole blocks. `dataOffset` is where that data begins, `storedBytes` how long it is.
 */
export function readPaxSparseMap(
  source: ByteSource,
  records: PaxRecords,
  dataOffset: number,
  storedBytes: number,
  fileOffset: number,
): SparseMember {
  const major = records.values.get('GNU.sparse.major');
  if (major === undefined) {
    const sizeBytes = paxNumber(records, 'GNU.sparse.size', fileOffset);
    const listed = records.values.get('GNU.sparse.map');
    const numbers = listed === undefined ? records.sparseNumbers : listed.split(',').map(Number);
    if (sizeBytes === null) throw malformedTar(inEnglish('a sparse member has no size'), fileOffset);
    return { map: makeMap(numbers, sizeBytes, storedBytes, fileOffset), mapBytes: 0 };
  }
  if (major !== '1' || records.values.get('GNU.sparse.minor') !== '0') {
    throw malformedTar(inEnglish('a sparse member has an unknown format'), fileOffset);
  }
  const sizeBytes = paxNumber(records, 'GNU.sparse.realsize', fileOffset);
  if (sizeBytes === null) throw malformedTar(inEnglish('a sparse member has no size'), fileOffset);
  const { numbers, mapBytes } = readMapLines(source, dataOffset, storedBytes, fileOffset);
  return { map: makeMap(numbers, sizeBytes, storedBytes - mapBytes, fileOffset), mapBytes };
}

function readMapLines(
  source: ByteSource,
  dataOffset: number,
  storedBytes: number,
  fileOffset: number,
): { numbers: number[]; mapBytes: number } {
  const numbers: number[] = [];
  let wanted: number | null = null;
  let rest = '';
  let mapBytes = 0;
  while (wanted === null || numbers.length < wanted) {
    if (mapBytes + blockBytes > storedBytes)
      throw malformedTar(inEnglish('a sparse map does not end'), fileOffset);
    rest += tarText(readReached(source, dataOffset + mapBytes, blockBytes));
    mapBytes += blockBytes;
    const lines = rest.split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (!/^\d{1,16}$/.test(line))
        throw malformedTar(inEnglish('a sparse map holds something else than numbers'), fileOffset);
      if (wanted !== null && numbers.length === wanted) break;
      if (wanted !== null) {
        numbers.push(Number(line));
        continue;
      }
      wanted = Number(line) * 2;
      if (wanted > pieceLimit * 2) throw malformedTar(inEnglish('a sparse map is too long'), fileOffset);
    }
    if (rest.length > 16)
      throw malformedTar(inEnglish('a sparse map holds something else than numbers'), fileOffset);
  }
  return { numbers, mapBytes };
}

/** Checks the pairs of start and length: ascending, within the file, and as long together as what is stored. */
function makeMap(
  numbers: readonly number[],
  sizeBytes: number,
  storedBytes: number,
  fileOffset: number,
): SparseMap {
  if (numbers.length % 2 !== 0 || numbers.length > pieceLimit * 2) {
    throw malformedTar(inEnglish('a sparse map has half an entry'), fileOffset);
  }
  const starts: number[] = [];
  const lengths: number[] = [];
  let before = 0;
  let total = 0;
  for (let index = 0; index < numbers.length; index += 2) {
    const [start, length] = [numbers[index]!, numbers[index + 1]!];
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(length) || start < before || length < 0) {
      throw malformedTar(inEnglish('the pieces of a sparse member overlap'), fileOffset);
    }
    before = start + length;
    total += length;
    if (before > sizeBytes)
      throw malformedTar(inEnglish('a piece of a sparse member lies beyond its end'), fileOffset);
    if (length === 0) continue;
    starts.push(start);
    lengths.push(length);
  }
  if (total !== storedBytes) {
    throw malformedTar(inEnglish('the pieces of a sparse member are not as long as its data'), fileOffset);
  }
  return { sizeBytes, starts, lengths };
}
