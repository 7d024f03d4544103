/** OVA: an OVF package as one tar file (DMTF DSP0243, section 5.3), or as a zip, which some people make of it. */
import type { Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { openArchive } from '../../archives/archive.ts';
import { isLitter } from '../../archives/member-name.ts';
import { lent } from '../../archives/shared-source.ts';
import { isTar, tarMembers } from '../../archives/tar.ts';
import { isZip, ZipArchive } from '../../archives/zip.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Certainty } from '../../disks/driver.ts';
import { ArchiveContainer } from '../archive-container.ts';
import type { OpenDescriptor } from '../container.ts';
import { withInfo, type PackageDriver, type PackageReader } from '../driver.ts';

/** The descriptor comes first by the specification; who keeps to it less still puts it before a thousand files. */
const probedMembers = 1000;

/** The driver, with what reads the descriptors that it finds: drivers do not know each other. */
export function ovaDriver(openDescriptor: OpenDescriptor): PackageDriver<'ova'> {
  return {
    id: 'ova',
    title: 'OVA',
    extensions: ['ova'],
    probe,
    open(file) {
      const { path, sizeBytes } = file;
      const archive = openArchive(file);
      if (archive === null) {
        file.close();
        throw new Failure('package.malformed', { structure: 'OVA', problem: inEnglish('it is no archive') });
      }
      const container = new ArchiveContainer(path, archive);
      try {
        return openFirst(container, openDescriptor, { format: 'ova', path, fileSizeBytes: sizeBytes });
      } catch (error) {
        container.close();
        throw error;
      }
    },
  };
}

/** An archive with a descriptor among its first members. */
function probe(file: ByteSource): Certainty {
  try {
    if (isTar(file)) return hasDescriptor(tarMembers(file)) ? 'certain' : 'no';
    // Finding a zip's directory in a compressed file would cost a pass over all of it.
    if (!file.seekable || !isZip(file)) return 'no';
    const archive = new ZipArchive(lent(file));
    try {
      return hasDescriptor(archive.members) ? 'certain' : 'no';
    } finally {
      archive.close();
    }
  } catch (error) {
    if (!(error instanceof Failure) || error.code.startsWith('io.')) throw error;
  }
  return 'no';
}

function hasDescriptor(members: Iterable<{ readonly name: string }>): boolean {
  let count = 0;
  for (const { name } of members) {
    if (isDescriptor(name)) return true;
    if (++count === probedMembers) return false;
  }
  return false;
}

function isDescriptor(name: string): boolean {
  return /\.ovf$/i.test(name) && !isLitter(name);
}

/** The package of the first descriptor that can be read; when there are others, it says so. */
function openFirst(
  container: ArchiveContainer,
  openDescriptor: OpenDescriptor,
  identity: Parameters<OpenDescriptor>[2],
): PackageReader {
  const descriptors = container.files.filter(({ name }) => isDescriptor(name));
  let failure: Failure | null = null;
  for (const { name } of descriptors) {
    try {
      const reader = openDescriptor(container, name, identity);
      if (descriptors.length === 1) return reader;
      const message = inEnglish('The package has {count} descriptors; this is what {name} says.', {
        count: descriptors.length,
        name,
      });
      return withWarning(reader, { code: 'package.several-descriptors', message });
    } catch (error) {
      failure ??= Failure.from(error);
    }
  }
  throw (
    failure ??
    new Failure('package.malformed', { structure: 'OVA', problem: inEnglish('there is no .ovf file in it') })
  );
}

function withWarning(reader: PackageReader, warning: Warning): PackageReader {
  return withInfo(reader, { ...reader.info, warnings: [warning, ...reader.info.warnings] });
}
