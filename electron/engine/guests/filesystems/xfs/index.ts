/** XFS, versions 4 and 5: the file system of Red Hat's guests. */
import type { ByteSource } from '../../../bytes/source.ts';
import { recogniseContent } from '../../../disks/content-signatures.ts';
import type { FileSystemDriver } from '../driver.ts';
import { FileTreeReader } from '../file-tree.ts';
import { XfsTree } from './tree.ts';
import { XfsVolume } from './volume.ts';

export const xfs: FileSystemDriver<'xfs'> = {
  id: 'xfs',
  title: 'XFS',
  probe: (volume) => (recogniseContent(volume)?.id === 'xfs' ? 'certain' : 'no'),
  open(volume: ByteSource) {
    try {
      return new FileTreeReader(new XfsTree(new XfsVolume(volume)));
    } catch (error) {
      volume.close();
      throw error;
    }
  },
};
