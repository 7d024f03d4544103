/** What a file system is to Platter: a tree of files to list and to read, on any source of bytes. */
import type { FileEntry } from '#shared/domain/guest.ts';
import type { Fact, Warning } from '#shared/domain/image.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Certainty } from '../../disks/driver.ts';

/** An open file system. Used by one thread. Paths as in FileEntry. */
export interface FileSystemReader {
  readonly label: string | null;
  readonly uuid: string | null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  /** The entry at `path`; null when there is none. Links on the way are followed, as long as they stay in the tree; the last is not. */
  find(path: string): FileEntry | null;
  /** What a folder holds, in its order, without `.` and `..`. Lazy and bounded. @throws Failure `image.malformed`. */
  list(path: string): Iterable<FileEntry>;
  /**
   * The bytes of the file at `path`, links inside the tree followed. Stays readable until the reader is closed.
   * @throws Failure `package.file-missing`, `package.unsafe-name`, `image.*`.
   */
  open(path: string): ByteSource;
  close(): void;
}

export interface FileSystemDriver<Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  /** By content. Never throws for what the volume holds. */
  probe(volume: ByteSource): Certainty;
  /** @throws Failure `image.*`. Takes ownership of `volume`. */
  open(volume: ByteSource): FileSystemReader;
}
