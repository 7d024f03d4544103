/** What an ISO 9660 image is written from: folders, files and links, wherever their bytes come from. */
import type { ByteSource } from '../../../bytes/source.ts';

interface EntryBase {
  /** One segment, as it is to be called. */
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  readonly modified: Date;
}

export interface ImageFolder extends EntryBase {
  readonly kind: 'folder';
  readonly entries: readonly ImageEntry[];
}

export interface ImageFile extends EntryBase {
  readonly kind: 'file';
  /** Exact: the content must have that many bytes when it is written. */
  readonly sizeBytes: number;
  /** Files of the same content (hard links) name it alike, and it is stored once; null for one that stands alone. */
  readonly contentKey: string | null;
  open(): ByteSource;
}

export interface ImageLink extends EntryBase {
  readonly kind: 'link';
  readonly target: string;
}

export type ImageEntry = ImageFolder | ImageFile | ImageLink;

/** All files below `folder`, in the order of the tree. */
export function* filesOf(folder: ImageFolder): Iterable<ImageFile> {
  for (const entry of folder.entries) {
    if (entry.kind === 'file') yield entry;
    else if (entry.kind === 'folder') yield* filesOf(entry);
  }
}

/** What is stored once: files of one content key are the same. */
export function contentOf(file: ImageFile): string | ImageFile {
  return file.contentKey ?? file;
}
