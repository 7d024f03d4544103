/** What a package format is to Platter: named files, and a descriptor that says what they are. */
import type { PackageInfo, ManifestResult } from '#shared/domain/package.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import type { Certainty, OpenContext } from '../disks/driver.ts';

/** An open package. */
export interface PackageReader {
  readonly info: PackageInfo;
  /**
   * Opens a file of the package by its name, decompressed where it is compressed. It stays readable after close() of the
   * package, until it is closed itself. With `control`, reading far into a compressed file can be cancelled.
   * @throws Failure `package.file-missing`, `package.unsafe-name`, `package.malformed`, `image.unsupported`.
   */
  openFile(name: string, control?: Pick<Control, 'throwIfCancelled'>): ByteSource;
  /** The gate for disks inside: what they name is looked for among the package's own files only. */
  readonly context: OpenContext;
  /** Reads every file once and compares it with the manifest; progress per file. */
  verify(control: Control): ManifestResult;
  close(): void;
}

export interface PackageDriver<Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  readonly extensions: readonly string[];
  /** By content, never by extension. Never throws for what a file holds. */
  probe(file: ByteSource): Certainty;
  /**
   * `folder` is where the files of a package that is a folder lie (null inside something else).
   * @throws Failure `package.*`. Takes ownership of `file`.
   */
  open(file: ByteSource, folder: string | null): PackageReader;
}
