/** FAT12, FAT16 and FAT32 with long names: EFI system partitions, seeds for cloud-init, floppies. */
import type { ByteSource } from '../../../bytes/source.ts';
import { recogniseContent } from '../../../disks/content-signatures.ts';
import type { FileSystemDriver } from '../driver.ts';
import { FileTreeReader } from '../file-tree.ts';
import { FatTree } from './tree.ts';
import { FatVolume } from './volume.ts';

export const fat: FileSystemDriver<'fat'> = {
  id: 'fat',
  title: 'FAT',
  probe: (volume) => (recogniseContent(volume)?.id === 'vfat' ? 'certain' : 'no'),
  open(volume: ByteSource) {
    try {
      return new FileTreeReader(new FatTree(new FatVolume(volume)));
    } catch (error) {
      volume.close();
      throw error;
    }
  },
};
