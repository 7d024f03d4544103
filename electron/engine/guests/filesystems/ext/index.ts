/** ext2, ext3 and ext4: the file systems of most Linux guests. */
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../../bytes/source.ts';
import { recogniseContent } from '../../../disks/content-signatures.ts';
import type { FileSystemDriver } from '../driver.ts';
import { FileTreeReader } from '../file-tree.ts';
import { ExtTree } from './tree.ts';
import { ExtVolume } from './volume.ts';

const contents: readonly string[] = ['ext2', 'ext3', 'ext4'];

export const ext: FileSystemDriver<'ext'> = {
  id: 'ext',
  title: inEnglish('ext2, ext3, ext4'),
  probe: (volume) => (contents.includes(recogniseContent(volume)?.id ?? '') ? 'certain' : 'no'),
  open(volume: ByteSource) {
    try {
      return new FileTreeReader(new ExtTree(new ExtVolume(volume)));
    } catch (error) {
      volume.close();
      throw error;
    }
  },
};
