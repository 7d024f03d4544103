/** OVA: an OVF package as one tar file (DMTF DSP0243, section 5.3), or as a zip, which some people make of it. */
import type { Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { isLitter } from '../../archives/member-name.ts';
import type { ArchiveContainer } from '../archive-container.ts';
import { openArchivePackage, probeArchive, type MemberNames } from '../archive-package.ts';
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
    probe: (file) => probeArchive(file, hasDescriptor),
    open(file) {
      const { path, sizeBytes: fileSizeBytes } = file;
      return openArchivePackage(file, 'OVA', (container) =>
        openFirst(container, openDescriptor, { format: 'ova', path, fileSizeBytes }),
      );
    },
  };
}

/** A descriptor among the first members. */
function hasDescriptor(members: MemberNames): boolean {
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
