/** The named files of a package, wherever they lie: members of an archive, or files of a folder. */
import type { Message } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { PackageReader } from './driver.ts';

export interface ContainerFile {
  /** From the package's root, with slashes and without `./`. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Why it is never opened, in words; null when it may be. */
  readonly refusal: Message | null;
}

export interface Container {
  /** The archive or the descriptor, for messages. */
  readonly path: string;
  /** Everything in an archive; null for a folder, which holds things that are none of the package's. */
  readonly files: readonly ContainerFile[] | null;
  /** The file of that name; null when it is not there. */
  find(name: string): ContainerFile | null;
  /** The file's bytes as they lie there. @throws Failure `package.unsafe-name`, `package.file-missing`, `io.*`. */
  open(name: string): ByteSource;
  /** The names that are `name`, a dot and nine digits (the chunks of a file), ascending. */
  chunksOf(name: string): readonly string[];
  close(): void;
}

/** What a package is called, apart from what its descriptor says. */
export interface PackageIdentity {
  /** The package driver's id. */
  readonly format: string;
  readonly path: string;
  /** The package file's own size; null when it is several files, and theirs are to be added up. */
  readonly fileSizeBytes: number | null;
}

/**
 * Reads the descriptor `name` in `container` and makes a package of both. Takes ownership of the container only when it
 * succeeds. @throws Failure `package.*`.
 */
export type OpenDescriptor = (container: Container, name: string, identity: PackageIdentity) => PackageReader;

/** What the chunks of a file are called after it (DSP0243 2.1, section 7.1). */
export const chunkSuffix = /\.\d{9}$/;
