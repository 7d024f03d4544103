/** What tells the same disk in any format and file: a hash tree over the bytes that its guest sees. */
import type { LibraryEntry } from './library.ts';
import type { FileStamp } from './scan.ts';

/** A file that a disk's bytes were read from, as it was then. */
export interface ContentFile {
  readonly path: string;
  /** The image, one that it stands on, or a part of either: an extent, a data file. */
  readonly role: 'image' | 'parent' | 'part';
  readonly allocatedBytes: number;
  readonly stamp: FileStamp;
}

export interface ContentTree {
  /** Lower-case hexadecimal; the same for the same bytes and virtual size. */
  readonly root: string;
  readonly virtualSizeBytes: number;
  /** How many different blocks the disk has that are not all zeros. */
  readonly distinctBlocks: number;
  /** The smallest 64-bit digests of those blocks, ascending, little endian; all of them where they are few. */
  readonly blocks: Uint8Array;
  /** All files that were read, the image itself first. */
  readonly files: readonly ContentFile[];
}

/** An entry of the library that shows its guest the same disk as others do. */
export interface Duplicate {
  readonly entry: LibraryEntry;
  /** What the entry takes on the disk, with the parts that go with it. */
  readonly bytes: number;
  /**
   * Why it stays whatever is kept: others stand on it; it stands on another of the group; it is the file that another entry
   * is, too, by a second name. Null: it may go.
   */
  readonly stays: 'needed' | 'stands-on-another' | 'same-file' | null;
  /** The paths of entries that stand on it. */
  readonly neededBy: readonly string[];
}

/** Entries with the same content, byte by byte, whatever their format. */
export interface DuplicateGroup {
  readonly root: string;
  readonly virtualSizeBytes: number;
  readonly entries: readonly Duplicate[];
  /** The entry that is proposed to be kept. */
  readonly keepId: number;
  /** What all others that may go take on the disk. */
  readonly gainBytes: number;
}

export interface Duplicates {
  /** The ones with most to gain, as many as one answer holds. */
  readonly groups: readonly DuplicateGroup[];
  readonly groupCount: number;
  readonly gainBytes: number;
}

/** The entries of a group that would go if that one is kept. */
export function wouldGo(group: Pick<DuplicateGroup, 'entries'>, keepId: number): readonly Duplicate[] {
  return group.entries.filter(({ entry, stays }) => stays === null && entry.id !== keepId);
}

/** Why contents are not being read now. */
export type ContentPause =
  /** The person does not want it at all, or not now. */
  | 'off'
  | 'paused'
  /** Jobs or a scan come first. */
  | 'busy'
  | 'battery';

/** How far the library's contents are known. */
export interface ContentProgress {
  /** Disks whose content is known, and all that are there and may be read. */
  readonly known: number;
  readonly total: number;
  /** Disks that could not be read. */
  readonly unreadable: number;
  /** What is being read, and how much of it was: bytes. */
  readonly reading: { readonly name: string; readonly doneBytes: number; readonly totalBytes: number } | null;
  /** Null while contents are read, or all are known. */
  readonly pause: ContentPause | null;
}

/** How much two disks share, of their blocks that are not zeros: 0 to 1. */
export interface SharedBlocks {
  /** The part of this one's that the other has, too. */
  readonly ofThis: number;
  readonly ofOther: number;
  /** False where it follows from a sample of the blocks: then it may be some percent off. */
  readonly isExact: boolean;
}

export interface SharedContent {
  /** How many different blocks of 1 MiB it has that are not zeros. */
  readonly distinctBlocks: number;
  /** The most alike first, as many as one answer holds. */
  readonly others: readonly (SharedBlocks & { readonly entry: LibraryEntry })[];
  /** False where the library is too large for all of it to be looked at in the time that one waits. */
  readonly complete: boolean;
}

export interface TrashedDuplicates {
  readonly count: number;
  /** What they took on the disk. */
  readonly bytes: number;
}
