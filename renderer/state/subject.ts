/** What an action is done with: an image or package, whether the library knows it or not, or many that are selected. */
import type { ImageInfo, ImageKind } from '#shared/domain/image.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { fileNameOf } from '#shared/text/paths.ts';

export interface Subject {
  readonly path: string;
  readonly name: string;
  readonly kind: ImageKind;
  readonly format: string;
  readonly virtualSizeBytes: number | null;
  readonly missing: boolean;
  /** It lies in a compressed file, and is not changed in its place. */
  readonly wrapped: boolean;
  /** Null: it is not in the library. */
  readonly entry: LibraryEntry | null;
}

/** One subject, or how many there are: many may be too many to know before they are needed. */
export interface Chosen {
  readonly count: number;
  /** The only one; null where there are several. */
  readonly one: Subject | null;
  /** @throws Failure. */
  readonly all: () => Promise<readonly Subject[]>;
}

export function subjectOfEntry(entry: LibraryEntry): Subject {
  const { path, name, kind, format, virtualSizeBytes, missing } = entry;
  return { path, name, kind, format, virtualSizeBytes, missing, wrapped: false, entry };
}

/** An image whose page is open. */
export function subjectOfInfo(info: ImageInfo, entry: LibraryEntry | null): Subject {
  const { path, kind, format, virtualSizeBytes } = info;
  const wrapped = info.wrapper !== null;
  return { path, name: fileNameOf(path), kind, format, virtualSizeBytes, missing: false, wrapped, entry };
}

export function chosenOne(subject: Subject): Chosen {
  return { count: 1, one: subject, all: () => Promise.resolve([subject]) };
}

/** Whether a subject has a disk that can be read. */
export function hasDisk({ kind, missing }: Subject): boolean {
  return !missing && (kind === 'disk' || kind === 'optical');
}
