/** VMDK, the disk format of VMware: after its "Virtual Disk Format 5.0". */
import type { DiskDriver } from '../driver.ts';
import { creation } from './creation.ts';
import { isDescriptorFile } from './descriptor-text.ts';
import { sparseKind } from './disk-extents.ts';
import { referencesOf } from './file-references.ts';
import { openVmdk } from './reader.ts';
import { resizeVmdk } from './resize.ts';
import { structure } from './structure.ts';

export const vmdk: DiskDriver<'vmdk'> = {
  id: 'vmdk',
  title: 'VMDK',
  extensions: ['vmdk'],
  probe: (file) => (sparseKind(file) !== null || isDescriptorFile(file) ? 'certain' : 'no'),
  open: openVmdk,
  references: referencesOf,
  creation,
  structure,
  resize: resizeVmdk,
};
