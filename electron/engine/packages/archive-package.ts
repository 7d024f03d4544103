/** Packages that are one archive, a tar, compressed or not, or a zip: told by the names in it, and opened. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { openArchive } from '../archives/archive.ts';
import { lent } from '../archives/shared-source.ts';
import { isTar, tarMembers } from '../archives/tar.ts';
import { isZip, ZipArchive } from '../archives/zip.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { Certainty } from '../disks/driver.ts';
import { ArchiveContainer } from './archive-container.ts';
import type { PackageReader } from './driver.ts';

/** The names of an archive's members, in their order. In a compressed tar every one on the way is decoded. */
export type MemberNames = Iterable<{ readonly name: string }>;

/**
 * What `isPackage` says of the names in the archive; an archive that is damaged is no package.
 * @throws Failure `io.*`
 */
export function probeArchive(file: ByteSource, isPackage: (members: MemberNames) => boolean): Certainty {
  try {
    if (isTar(file)) return isPackage(tarMembers(file)) ? 'certain' : 'no';
    // Finding a zip's directory in a compressed file would cost a pass over all of it.
    if (!file.seekable || !isZip(file)) return 'no';
    const archive = new ZipArchive(lent(file));
    try {
      return isPackage(archive.members) ? 'certain' : 'no';
    } finally {
      archive.close();
    }
  } catch (error) {
    if (!(error instanceof Failure) || error.code.startsWith('io.')) throw error;
  }
  return 'no';
}

/**
 * Opens the archive that `file` is, and what `open` makes of it. Takes ownership of `file`.
 * @throws Failure `package.malformed` where it is no archive; those of `open`
 */
export function openArchivePackage(
  file: ByteSource,
  structure: string,
  open: (container: ArchiveContainer) => PackageReader,
): PackageReader {
  const { path } = file;
  const archive = openArchive(file);
  if (archive === null) {
    file.close();
    throw new Failure('package.malformed', { structure, problem: inEnglish('it is no archive') });
  }
  const container = new ArchiveContainer(path, archive);
  try {
    return open(container);
  } catch (error) {
    container.close();
    throw error;
  }
}
