/** OVF: a descriptor with its files beside it in a folder (DMTF DSP0243). */
import type { ByteSource } from '../../bytes/source.ts';
import { probeDisk } from '../../disks/registry.ts';
import type { PackageDriver, PackageReader } from '../driver.ts';
import { FolderContainer } from './folder.ts';
import { descriptorOpener } from './package.ts';
import { probeEnvelope } from './probe.ts';

/** Opens the package that a descriptor in any container describes. @throws Failure `package.*`. */
export const openDescriptor = descriptorOpener((file) => probeDisk(file).id);

export const ovf = {
  id: 'ovf',
  title: 'OVF',
  extensions: ['ovf'],
  probe: probeEnvelope,
  open(file: ByteSource, folder: string | null): PackageReader {
    const container = new FolderContainer(file, folder);
    return openDescriptor(container, container.descriptorName, {
      format: 'ovf',
      path: container.path,
      fileSizeBytes: null,
    });
  },
} as const satisfies PackageDriver<'ovf'>;
