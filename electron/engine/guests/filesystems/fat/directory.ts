/** The entries of a FAT directory, long names put together (section 7 of Microsoft's FAT specification). */
import {
  entryBytes,
  attribute,
  directoryEntry,
  freeEntry,
  lastLongEntry,
  longNameEntry,
  mostLongEntries,
  type DirectoryEntry,
} from './layout.ts';
import { longName, shortName, shortNameChecksum } from './names.ts';

export interface DirectoryMember {
  readonly name: string;
  readonly entry: DirectoryEntry;
}

type LongNameEntry = ReturnType<typeof longNameEntry.decode>;

/** Reads entries until the first that was never used. `.`, `..` and labels are left out; orphaned long names too. */
export function* membersOf(blocks: Iterable<Uint8Array>): Iterable<DirectoryMember> {
  // Long entries stand before the short one, the last part of the name first.
  let parts: LongNameEntry[] = [];
  for (const block of blocks) {
    for (let at = 0; at + entryBytes <= block.length; at += entryBytes) {
      const first = block[at]!;
      if (first === 0) return;
      if (first === freeEntry) {
        parts = [];
        continue;
      }
      if ((block[at + 11]! & attribute.mask) === attribute.longName) {
        parts = withPart(parts, longNameEntry.decode(block, at));
        continue;
      }
      const entry = directoryEntry.decode(block, at);
      const long = completeName(parts, entry);
      parts = [];
      if ((entry.attributes & attribute.volumeId) !== 0) continue;
      const name = long ?? shortName(entry);
      if (name !== '.' && name !== '..') yield { name, entry };
    }
  }
}

function withPart(parts: LongNameEntry[], part: LongNameEntry): LongNameEntry[] {
  const order = part.order & ~lastLongEntry;
  if (order === 0 || order > mostLongEntries) return [];
  if ((part.order & lastLongEntry) !== 0) return [part];
  const previous = parts[parts.length - 1];
  const follows = previous !== undefined && (previous.order & ~lastLongEntry) === order + 1;
  return follows && previous.checksum === part.checksum ? [...parts, part] : [];
}

function completeName(parts: readonly LongNameEntry[], entry: DirectoryEntry): string | null {
  const last = parts[parts.length - 1];
  if (last === undefined || (last.order & ~lastLongEntry) !== 1) return null;
  if (last.checksum !== shortNameChecksum(entry.name)) return null;
  return longName([...parts].reverse());
}

/** The label that the root directory holds, if it does. */
export function labelEntry(blocks: Iterable<Uint8Array>): Uint8Array | null {
  for (const block of blocks) {
    for (let at = 0; at + entryBytes <= block.length; at += entryBytes) {
      if (block[at] === 0) return null;
      const { attributes, name, clusterLow, clusterHigh } = directoryEntry.decode(block, at);
      const kind = attributes & attribute.mask;
      const labels =
        kind !== attribute.longName &&
        (kind & (attribute.volumeId | attribute.folder)) === attribute.volumeId;
      if (labels && block[at] !== freeEntry && clusterLow === 0 && clusterHigh === 0) return name;
    }
  }
  return null;
}
