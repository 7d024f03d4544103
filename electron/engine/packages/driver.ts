/** What a package format is to Platter: named files, and a descriptor that says what they are. */
import type { FileReference } from '#shared/domain/image.ts';
import type { PackageInfo, ManifestResult } from '#shared/domain/package.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import type { Certainty, OpenContext } from '../disks/driver.ts';

/** How the disks of a package open what they need. */
export interface PackageContext extends OpenContext {
  /**
   * The parent that the package states for the disk in `source`, opened here or by openFile(); null where it states
   * none. It comes before what the disk itself says, which may not know (`ovf:parentRef`, DSP0243 2.1, section 9.1).
   */
  parentOf(source: ByteSource): FileReference | null;
}

/** An open package. */
export interface PackageReader {
  readonly info: PackageInfo;
  /**
   * Opens a file of the package by its name, decompressed where it is compressed. It stays readable after close() of the
   * package, until it is closed itself. With `control`, reading far into a compressed file can be cancelled.
   * @throws Failure `package.file-missing`, `package.unsafe-name`, `package.malformed`, `image.unsupported`.
   */
  openFile(name: string, control?: Pick<Control, 'throwIfCancelled'>): ByteSource;
  /** A file's bytes as they lie in the package, compressed where they are. @throws Failure as openFile(). */
  openStored?(name: string): ByteSource;
  /** The gate for disks inside: what they name is looked for among the package's own files only. */
  readonly context: PackageContext;
  /** Reads every file once and compares it with the manifest; progress per file. */
  verify(control: Control): ManifestResult;
  close(): void;
}

/** What the descriptor of a package that is a folder says of the files beside it. */
export interface PackageReferences {
  /** The files without which the package is not whole, as the descriptor spells them. */
  readonly files: readonly string[];
  /** Files that belong to it where they are there. */
  readonly optional: readonly string[];
  /** The operating system of its machine, in words. */
  readonly guest: string | null;
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
  /**
   * What a package of several files refers to, whether it is there or not. Absent where a package is one file. Does not
   * close `file`. @throws Failure `package.*`.
   */
  references?(file: ByteSource): PackageReferences;
}

/** The same package, with something else said about it. */
export function withInfo(reader: PackageReader, info: PackageInfo): PackageReader {
  const { openStored } = reader;
  return {
    info,
    context: reader.context,
    openFile: (name, control) => reader.openFile(name, control),
    ...(openStored === undefined ? {} : { openStored: (name: string) => openStored.call(reader, name) }),
    verify: (control) => reader.verify(control),
    close: () => reader.close(),
  };
}
