/** Directory entries: a list in each block; the hash tree over them is hidden in entries that are not used. */
import { inEnglish, type Message } from '#shared/in-english.ts';
import { nameText } from '../file-tree.ts';
import { directoryEntry, directoryEntryBytes, malformed } from './layout.ts';

export interface DirectoryMember {
  readonly name: string;
  readonly inode: number;
}

/** The entries of one block (or of an inode's own space), without `.` and `..`. @throws Failure `image.malformed`. */
export function* entriesOf(block: Uint8Array): Iterable<DirectoryMember> {
  for (let at = 0; at + directoryEntryBytes <= block.length;) {
    const entry = directoryEntry.decode(block, at);
    const length = recordLength(entry.recordBytes, block.length);
    const wrong = (field: string, problem: Message) => malformed('directory entry', field, at, problem);
    if (length < directoryEntryBytes || length % 4 !== 0 || at + length > block.length) {
      throw wrong('recordBytes', inEnglish('a record of {length} bytes does not fit', { length }));
    }
    if (entry.inode !== 0) {
      if (directoryEntryBytes + entry.nameBytes > length)
        throw wrong('nameBytes', inEnglish('the name leaves its record'));
      const start = at + directoryEntryBytes;
      const name = nameText(block.subarray(start, start + entry.nameBytes));
      if (name !== '.' && name !== '..') yield { name, inode: entry.inode };
    }
    at += length;
  }
}

/** Blocks of 64 KiB do not fit in 16 bits: then 0 and 65535 stand for all of the block, and the low bits for high ones. */
function recordLength(stored: number, blockBytes: number): number {
  if (blockBytes < 65536) return stored;
  if (stored === 0xffff || stored === 0) return blockBytes;
  return (stored & 0xfffc) | ((stored & 3) << 16);
}
