/** The ISO 9660 driver (ECMA-119), with Joliet, Rock Ridge 1.12 and zisofs. */
import type { FileSystemDriver } from '../driver.ts';
import { openIso9660 } from './reader.ts';
import { hasDescriptor } from './volume-descriptors.ts';

export const iso9660: FileSystemDriver<'iso9660'> = {
  id: 'iso9660',
  title: 'ISO 9660',
  probe: (volume) => (hasDescriptor(volume) ? 'certain' : 'no'),
  open: openIso9660,
};
