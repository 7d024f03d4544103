/** What a look at a file found, for tests: the stamp and the content follow from the words given. */
import { createHash } from 'node:crypto';
import type { FileLook } from '#shared/domain/scan.ts';

export const seenAt = '2025-01-01T00:00:00.000Z';

/** A look at a raw disk. `inode` and `content` tell files apart; the path alone says nothing. */
export function lookAt(path: string, inode = path, content = path): FileLook {
  return {
    path,
    stamp: { device: '1', inode, born: `born ${inode}`, sizeBytes: 100, modifiedMilliseconds: 1000 },
    allocatedBytes: 512,
    image: {
      kind: 'disk',
      format: 'raw',
      variant: null,
      virtualSizeBytes: 100,
      fingerprint: createHash('sha256').update(content).digest('hex'),
    },
    failure: null,
  };
}
