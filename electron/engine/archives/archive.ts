/** tar and zip behind one interface, and which of them a file is. */
import type { Message } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import { openCompression } from './compressions.ts';
import type { DecodeLimits } from './decoded-source.ts';
import { isTar, TarArchive } from './tar.ts';
import { isZip, ZipArchive } from './zip.ts';

export interface ArchiveMember {
  /** Without `./` in it. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Why it is never opened, in words; null when it may be. */
  readonly refusal: Message | null;
}

export interface Archive {
  readonly kind: 'tar' | 'zip';
  /** Regular files and what is refused, in their order; folders and the litter of archivers are left out. */
  readonly members: readonly ArchiveMember[];
  /** The member of that name, null when there is none. */
  find(name: string): ArchiveMember | null;
  /**
   * The bytes of a member. The archive stays open until this and everything else is closed.
   * @throws Failure `package.unsafe-name`, `package.file-missing`, `package.malformed`, `image.*`.
   */
  open(name: string): ByteSource;
  close(): void;
}

/** Whether the file is a tar or a zip as it lies. Never throws for what it holds. */
export function isArchive(file: ByteSource): boolean {
  return isTar(file) || isZip(file);
}

/**
 * The archive that `source` is: tar, zip, or a tar in any of the compressions; null when it is none. Takes ownership of
 * `source` unless the answer is null. A compressed tar is decoded once for its index, in one direction.
 * @throws Failure `package.malformed`, `image.*`, `io.*`: `source` is closed then.
 */
export function openArchive(source: ByteSource, limits: DecodeLimits = {}): Archive | null {
  if (isTar(source)) return new TarArchive(source);
  if (isZip(source)) return new ZipArchive(source, limits);
  const compression = openCompression(source, limits);
  if (compression === null) return null;
  return isTar(compression.source) ? new TarArchive(compression.source) : null;
}
