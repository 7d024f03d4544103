/** File entries of UDF (ECMA-167 4/14.9 and 4/14.17): what a file is, and where its body lies. */
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, MemorySource, type ByteSource } from '../../../bytes/source.ts';
import { allocationKind, piecesOf } from './allocation.ts';
import {
  extendedFileEntry,
  extentKind,
  fileEntry,
  indirectEntry,
  longAllocation,
  malformed,
  tagId,
  unsupported,
} from './layout.ts';
import { timestamp } from './osta.ts';
import type { PartitionTable } from './partitions.ts';
import { requireTag, tagIdentifier } from './tag.ts';

/** Where an entry lies: a block of a partition. */
export interface IcbPlace {
  readonly partition: number;
  readonly block: number;
  readonly lengthBytes: number;
}

export interface FileEntryContent {
  readonly fileType: number;
  readonly sizeBytes: number;
  readonly modifiedAt: string | null;
  readonly mode: number;
  readonly partition: number;
  /** One of `allocationKind`. */
  readonly allocation: number;
  /** The descriptors, or the body itself where it is embedded. */
  readonly area: Uint8Array;
}

const maximumIndirections = 1000;

export function icbPlace(longAd: Uint8Array): IcbPlace {
  const { length, block, partition } = longAllocation.decode(longAd);
  return { partition, block, lengthBytes: length & 0x3fffffff };
}

/** @throws Failure `image.*`. */
export function readFileEntry(table: PartitionTable, place: IcbPlace): FileEntryContent {
  let current = place;
  const seen = new Set<string>();
  // Strategy 4096 (4/A.2): every version of an entry is followed by the place of the next one.
  for (;;) {
    const key = `${current.partition}:${current.block}`;
    if (seen.has(key) || seen.size > maximumIndirections) {
      throw malformed('indirect entry', 'icb', 0, inEnglish('the entries come back to where they were'));
    }
    seen.add(key);
    const bytes = table.read(current.partition, current.block, table.blockBytes);
    const identifier = requireTag(bytes, [tagId.fileEntry, tagId.extendedFileEntry], current.block);
    const next = nextVersion(table, current, bytes);
    if (next === null) return decode(bytes, identifier, current.partition);
    current = next;
  }
}

function nextVersion(table: PartitionTable, place: IcbPlace, entry: Uint8Array): IcbPlace | null {
  const { strategy } = fileEntry.decode(entry);
  if (strategy === 4) return null;
  if (strategy !== 4096) throw unsupported(inEnglish('ICB strategy {strategy}', { strategy }));
  if (place.lengthBytes < 2 * table.blockBytes) return null;
  const bytes = table.read(place.partition, place.block + 1, table.blockBytes);
  if (tagIdentifier(bytes) !== tagId.indirectEntry) return null;
  const next = icbPlace(indirectEntry.decode(bytes).icb);
  return next.lengthBytes === 0 ? null : next;
}

function decode(bytes: Uint8Array, identifier: number, partition: number): FileEntryContent {
  const layout = identifier === tagId.fileEntry ? fileEntry : extendedFileEntry;
  const raw = layout.decode(bytes);
  const start = layout.sizeBytes + raw.attributesBytes;
  if (start + raw.descriptorsBytes > bytes.length) {
    throw layout.malformed('descriptorsBytes', inEnglish('the descriptors do not fit in the block'));
  }
  return {
    fileType: raw.fileType,
    sizeBytes: raw.informationLength,
    modifiedAt: timestamp(raw.modifiedAt),
    mode: modeOf(raw.permissions, raw.icbFlags),
    partition,
    allocation: raw.icbFlags & 7,
    area: bytes.subarray(start, start + raw.descriptorsBytes),
  };
}

/** Five bits for everybody, the group and the owner (4/14.9.5), of which POSIX knows the lower three. */
function modeOf(permissions: number, icbFlags: number): number {
  const others = permissions & 7;
  const group = (permissions >>> 5) & 7;
  const owner = (permissions >>> 10) & 7;
  // Set-user-ID, set-group-ID and sticky are bits 6 to 8 of the flags (4/14.6.8).
  const special = ((icbFlags >>> 6) & 1) * 4 + ((icbFlags >>> 7) & 1) * 2 + ((icbFlags >>> 8) & 1);
  return special * 0o1000 + owner * 0o100 + group * 0o10 + others;
}

/** The body of an entry. @throws Failure `image.*`. */
export function bodyOf(table: PartitionTable, entry: FileEntryContent, path: string): ByteSource {
  const { allocation, area, sizeBytes, partition } = entry;
  if (allocation === allocationKind.embedded) {
    if (sizeBytes > area.length) {
      const problem = inEnglish('{sizeBytes} bytes are not all in the entry', { sizeBytes });
      throw malformed('file entry', 'informationLength', 0, problem);
    }
    return new MemorySource(area.slice(0, sizeBytes), path);
  }
  if (allocation > allocationKind.extended) {
    throw malformed(
      'file entry',
      'icbFlags',
      0,
      inEnglish('there is no kind {allocation} of allocation descriptors', { allocation }),
    );
  }
  return table.source(piecesOf(table, partition, allocation, area, sizeBytes), path);
}

/** The whole body of a small file. @throws Failure `image.*`. */
export function smallBody(table: PartitionTable, entry: FileEntryContent, maximumBytes: number): Uint8Array {
  if (entry.sizeBytes > maximumBytes) {
    throw malformed(
      'file entry',
      'informationLength',
      0,
      inEnglish('{sizeBytes} is more than {maximumBytes}', { sizeBytes: entry.sizeBytes, maximumBytes }),
    );
  }
  return readBytes(bodyOf(table, entry, 'body'), 0, entry.sizeBytes);
}

/** Whether an extent's upper bits say that nothing is there. */
export const isRecorded = (length: number): boolean => length >>> 30 === extentKind.recorded;
