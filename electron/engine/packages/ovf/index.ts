/** OVF: a descriptor with its files beside it in a folder (DMTF DSP0243). */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { lent } from '../../archives/shared-source.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { DiskDriver, OpenContext } from '../../disks/driver.ts';
import { probeDisk } from '../../disks/registry.ts';
import type { PackageDriver, PackageReader } from '../driver.ts';
import { descriptorReferences } from './file-references.ts';
import { FolderContainer } from './folder.ts';
import { descriptorOpener } from './package.ts';
import { probeEnvelope } from './probe.ts';

/** Opens the package that a descriptor in any container describes. @throws Failure `package.*`. */
export const openDescriptor = descriptorOpener((file, isWhole) => {
  const driver = probeDisk(file);
  return { format: driver.id, capacityBytes: isWhole && file.seekable ? capacityOf(driver, file) : null };
});

/** The size that the disk itself states; null where it cannot be opened without what it names. Does not close `file`. */
function capacityOf(driver: DiskDriver, file: ByteSource): number | null {
  try {
    const reader = driver.open(lent(file), noReferences);
    try {
      return reader.capacityBytes;
    } finally {
      reader.close();
    }
  } catch (error) {
    const failure = Failure.from(error);
    if (failure.code.startsWith('io.') || failure.code === 'internal') throw failure;
    return null;
  }
}

/** Parents and extents are opened when the disk is: its size is all that is asked here. */
const noReferences: OpenContext = {
  openReference: ({ name }) => {
    throw new Failure('reference.denied', {
      reference: name,
      reason: inEnglish('only the size of the disk is asked'),
    });
  },
};

export const ovf = {
  id: 'ovf',
  title: 'OVF',
  extensions: ['ovf'],
  probe: probeEnvelope,
  references: descriptorReferences,
  open(file: ByteSource, folder: string | null): PackageReader {
    const container = new FolderContainer(file, folder);
    return openDescriptor(container, container.descriptorName, {
      format: 'ovf',
      path: container.path,
      fileSizeBytes: null,
    });
  },
} as const satisfies PackageDriver<'ovf'>;
