/** Contents for tests, and entries that have them. */
import { createHash } from 'node:crypto';
import type { ContentFile, ContentTree } from '#shared/domain/content.ts';
import { recordContent } from '../../../electron/catalogue/contents.ts';
import type { Catalogue } from '../../../electron/catalogue/database.ts';
import { rememberImage } from '../../../electron/catalogue/images.ts';

export const readAt = '2025-01-01T00:00:00.000Z';

export function someFile(path: string, role: ContentFile['role'] = 'image', bytes = 100): ContentFile {
  const stamp = { device: '1', inode: path, born: '', sizeBytes: bytes, modifiedMilliseconds: 1000 };
  return { path, role, allocatedBytes: bytes, stamp };
}

/** `blocks` are small numbers that stand for the digests of blocks; the content follows from them. */
export function someContent(
  files: readonly ContentFile[],
  blocks: readonly number[],
  distinct = blocks.length,
): ContentTree {
  const words = BigUint64Array.from(new Set([...blocks].sort((a, b) => a - b).map(BigInt)));
  return {
    root: createHash('sha256').update(words).digest('hex'),
    virtualSizeBytes: 1 << 20,
    distinctBlocks: distinct,
    blocks: new Uint8Array(words.buffer),
    files,
  };
}

/** An entry; its id. */
export function addEntry(catalogue: Catalogue, path: string, bytes = 100): number {
  return rememberImage(
    catalogue,
    {
      path,
      kind: 'disk',
      format: 'raw',
      variant: null,
      virtualSizeBytes: 1 << 20,
      fileSizeBytes: bytes,
      allocatedBytes: bytes,
      modifiedMilliseconds: 1000,
    },
    readAt,
  ).id;
}

/** An entry whose content is known; its id. */
export function addKnown(
  catalogue: Catalogue,
  path: string,
  blocks: readonly number[],
  { bytes = 100, others = [] }: { bytes?: number; others?: readonly ContentFile[] } = {},
): number {
  const id = addEntry(catalogue, path, bytes);
  recordContent(catalogue, id, someContent([someFile(path, 'image', bytes), ...others], blocks), readAt);
  return id;
}
