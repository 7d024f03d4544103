/** What scanning a watched folder finds: the folders and files that are there, and what each file is by its content. */
import type { FailureData } from '../failure.ts';
import type { ImageKind } from './image.ts';
import type { FileBelongings } from './parts.ts';

/**
 * Raised when files that were looked at before may now be something: with a new format, or a better eye for the old ones.
 * What an earlier version looked at is opened again.
 */
export const recogniserVersion = 3;

/** What tells a file from others, and whether it has changed. */
export interface FileStamp {
  /** The file system and the number in it, in decimal: they have 64 bits and more. */
  readonly device: string;
  readonly inode: string;
  /** When it was made, in nanoseconds since 1970, as far as the file system says: numbers are given to other files again. */
  readonly born: string;
  readonly sizeBytes: number;
  /** Since 1970. */
  readonly modifiedMilliseconds: number;
}

export interface ListedFile extends FileStamp {
  readonly name: string;
}

/** A folder that is to be listed. */
export interface FolderRequest {
  readonly path: string;
  /** Go on after this name; null at the beginning. */
  readonly after: string | null;
}

/** What is in one folder: regular files and folders that are not hidden. Links are not followed. */
export interface FolderContent {
  readonly path: string;
  /** The folder's own device and number, to find a way that leads in a circle. */
  readonly identity: string | null;
  readonly files: readonly ListedFile[];
  /** The names of the folders in it. */
  readonly folders: readonly string[];
  /** The name after which there is more; null when this was the end. */
  readonly more: string | null;
  /** Why it could not be read. */
  readonly failure: FailureData | null;
}

export interface RecognisedImage {
  readonly kind: ImageKind;
  readonly format: string;
  readonly variant: string | null;
  /** Null also where knowing it costs reading the whole file. */
  readonly virtualSizeBytes: number | null;
  /** SHA-256 of the size and of samples of the file: what differs in it has other bytes; what is equal may still have. */
  readonly fingerprint: string;
}

/** What a look at one file found. */
export interface FileLook {
  readonly path: string;
  /** As the file was before it was opened; null when it is gone, or no regular file any more. */
  readonly stamp: FileStamp | null;
  readonly allocatedBytes: number;
  /** Null when it is neither an image nor a package. */
  readonly image: RecognisedImage | null;
  /** Absent where it says nothing of others. */
  readonly belongings?: FileBelongings;
  /** Why it could not be read. */
  readonly failure: FailureData | null;
}

/** Which system is on a disk, and how its file was when somebody looked. */
export interface GuestLook {
  readonly path: string;
  /** Since 1970; null when the file is not there. */
  readonly modifiedMilliseconds: number | null;
  /** Null where none was found. */
  readonly guest: string | null;
}

/** A folder that Platter watches, and what is known of it. */
export interface WatchedFolder {
  readonly id: number;
  readonly path: string;
  /** ISO 8601. */
  readonly addedAt: string;
  /** When all of it was looked at last; ISO 8601, null before that. */
  readonly scannedAt: string | null;
  /** Library entries whose file lies in it, with those that are missing. */
  readonly imageCount: number;
  readonly missingCount: number;
  /** Why the folder itself could not be read when last tried: an unplugged drive, permissions. */
  readonly failure: FailureData | null;
  /** Some of the files and folders in it that could not be read, and how many there are. */
  readonly problems: readonly ScanProblem[];
  readonly problemCount: number;
  /** Null unless it is being looked through now. */
  readonly progress: ScanProgress | null;
  /** `live`: changes are seen as they happen; `rescans`: only when it is looked through again. */
  readonly following: 'live' | 'rescans';
}

export interface ScanProblem {
  readonly path: string;
  readonly failure: FailureData;
}

export interface ScanProgress {
  readonly foldersRead: number;
  readonly filesListed: number;
  readonly filesOpened: number;
  /** Files that somebody is still writing: they are opened when they have come to rest. */
  readonly filesGrowing: number;
}

/** The sum of one scan. */
export interface ScanResult extends ScanProgress {
  readonly added: number;
  readonly changed: number;
  readonly moved: number;
  readonly missing: number;
}
