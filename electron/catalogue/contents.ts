/** Queries about the content of images: what it is known by, what is still to be read, and who has the same blocks. */
import { dirname } from 'node:path';
import type { ContentFile, ContentTree } from '#shared/domain/content.ts';
import type { FailureData } from '#shared/failure.ts';
import type { Catalogue } from './database.ts';
import { pathsBelow } from './path-range.ts';

/** An image whose content is not known. */
export interface UnreadImage {
  readonly id: number;
  readonly path: string;
  /** Since 1970; null when it is not known. */
  readonly modifiedMilliseconds: number | null;
}

/** Of an image: an extent or a data file of another entry is no disk of its own. */
export const isWholeDisk = `NOT EXISTS (SELECT 1 FROM image_content_files AS part
  WHERE part.path = images.path AND part.role = 'part' AND part.image_id <> images.id)`;

const readable = `kind IN ('disk', 'optical') AND missing = 0`;
const isUnread = `NOT EXISTS (SELECT 1 FROM image_contents WHERE image_id = images.id)`;

/**
 * Some of the images whose content is not known: first those that may have a duplicate, since another disk is as large, then
 * the small ones.
 */
export function listUnread(catalogue: Catalogue, limit: number): UnreadImage[] {
  return catalogue.all<UnreadImage>(
    `SELECT id, path, modified_milliseconds AS modifiedMilliseconds FROM images
     WHERE ${readable} AND ${isUnread}
     ORDER BY virtual_size_bytes NOT IN
       (SELECT virtual_size_bytes FROM images WHERE ${readable} AND virtual_size_bytes IS NOT NULL
        GROUP BY virtual_size_bytes HAVING count(*) > 1), allocated_bytes, id
     LIMIT @limit`,
    { limit },
  );
}

/** Whether the content of that file is still to be read. */
export function isStillUnread(catalogue: Catalogue, { id, path }: UnreadImage): boolean {
  const sql = `SELECT 1 FROM images WHERE id = @id AND path = @path AND ${readable} AND ${isUnread}`;
  return catalogue.get(sql, { id, path }) !== undefined;
}

export interface ContentCounts {
  readonly known: number;
  readonly unreadable: number;
  readonly total: number;
}

export function countContents(catalogue: Catalogue): ContentCounts {
  return catalogue.get(
    `SELECT count(*) AS total, count(root) AS known, count(failure) AS unreadable
     FROM images LEFT JOIN image_contents ON image_id = id WHERE ${readable}`,
  )!;
}

/**
 * Puts a content on record, if the entry still is of the file that was read. `readAt` is ISO 8601.
 * @returns whether it was.
 */
export function recordContent(
  catalogue: Catalogue,
  id: number,
  content: ContentTree,
  readAt: string,
): boolean {
  return catalogue.transaction(() => {
    const { root, virtualSizeBytes, distinctBlocks, blocks, files } = content;
    if (!isOf(catalogue, id, files)) return false;
    catalogue.run('DELETE FROM image_contents WHERE image_id = @id', { id });
    catalogue.run(
      `INSERT INTO image_contents (image_id, root, virtual_size_bytes, distinct_blocks, blocks, read_at)
       VALUES (@id, @root, @virtualSizeBytes, @distinctBlocks, @blocks, @readAt)`,
      { id, root, virtualSizeBytes, distinctBlocks, blocks, readAt },
    );
    putFiles(catalogue, id, files);
    return true;
  });
}

/** Puts on record that the content cannot be read, until the file is another. `file`: as it was before. */
export function recordUnreadable(
  catalogue: Catalogue,
  id: number,
  file: ContentFile,
  failure: FailureData,
  readAt: string,
): boolean {
  return catalogue.transaction(() => {
    if (!isOf(catalogue, id, [file])) return false;
    catalogue.run('DELETE FROM image_contents WHERE image_id = @id', { id });
    catalogue.run('INSERT INTO image_contents (image_id, failure, read_at) VALUES (@id, @failure, @readAt)', {
      id,
      failure: JSON.stringify(failure),
      readAt,
    });
    putFiles(catalogue, id, [file]);
    return true;
  });
}

function isOf(catalogue: Catalogue, id: number, [image]: readonly ContentFile[]): boolean {
  const known = catalogue.get<{ path: string; size: number; modified: number | null }>(
    'SELECT path, file_size_bytes AS size, modified_milliseconds AS modified FROM images WHERE id = @id',
    { id },
  );
  if (known === undefined || image === undefined) return false;
  const { path, stamp } = image;
  return (
    known.path === path &&
    known.size === stamp.sizeBytes &&
    Math.abs((known.modified ?? -1) - stamp.modifiedMilliseconds) < 1
  );
}

function putFiles(catalogue: Catalogue, id: number, files: readonly ContentFile[]): void {
  for (const { path, role, allocatedBytes, stamp } of files) {
    const { device, inode, sizeBytes, modifiedMilliseconds } = stamp;
    catalogue.run(
      `INSERT INTO image_content_files
         (image_id, path, role, device, inode, size_bytes, allocated_bytes, modified_milliseconds)
       VALUES (@id, @path, @role, @device, @inode, @sizeBytes, @allocatedBytes, @modifiedMilliseconds)`,
      { id, path, role, device, inode, sizeBytes, allocatedBytes, modifiedMilliseconds },
    );
  }
}

interface FileRow {
  imageId: number;
  path: string;
  role: ContentFile['role'];
  device: string;
  inode: string;
  sizeBytes: number;
  allocatedBytes: number;
  modifiedMilliseconds: number;
}

/** The files that the contents of these images were read from, by image. */
export function filesOfContents(
  catalogue: Catalogue,
  ids: readonly number[],
): ReadonlyMap<number, readonly ContentFile[]> {
  const rows = catalogue.all<FileRow>(
    `SELECT image_id AS imageId, path, role, device, inode, size_bytes AS sizeBytes, allocated_bytes AS allocatedBytes,
       modified_milliseconds AS modifiedMilliseconds
     FROM image_content_files WHERE image_id IN (SELECT value FROM json_each(@ids)) ORDER BY image_id, role, path`,
    { ids: JSON.stringify(ids) },
  );
  const files = new Map<number, ContentFile[]>();
  for (const {
    imageId,
    path,
    role,
    device,
    inode,
    sizeBytes,
    allocatedBytes,
    modifiedMilliseconds,
  } of rows) {
    const stamp = { device, inode, born: '', sizeBytes, modifiedMilliseconds };
    const known = files.get(imageId) ?? [];
    files.set(imageId, known);
    known.push({ path, role, allocatedBytes, stamp });
  }
  return files;
}

/** The content of an image; null where it is not known. `files` say nothing of when they were made. */
export function findContent(catalogue: Catalogue, id: number): ContentTree | null {
  const row = catalogue.get<Omit<ContentTree, 'files'>>(
    `SELECT root, virtual_size_bytes AS virtualSizeBytes, distinct_blocks AS distinctBlocks, blocks
     FROM image_contents WHERE image_id = @id AND root IS NOT NULL`,
    { id },
  );
  return row === undefined ? null : { ...row, files: filesOfContents(catalogue, [id]).get(id) ?? [] };
}

/** The entries whose content, or the SHA-256 of all their bytes, begins with these hexadecimal digits. */
export function findByContent(catalogue: Catalogue, digits: string): number[] {
  if (!/^[0-9a-f]{1,64}$/.test(digits)) return [];
  return catalogue.column<number>(
    `SELECT image_id FROM image_contents WHERE root >= @from AND root < @to
     UNION SELECT id FROM images WHERE sha256 >= @from AND sha256 < @to`,
    { from: digits, to: `${digits}g` },
  );
}

/** Files that contents were read from, but for those of entries: a base or an extent of which nobody tells when it changes. */
export function listLooseFiles(catalogue: Catalogue): Pick<ContentFile, 'path' | 'stamp'>[] {
  return catalogue
    .all<Omit<FileRow, 'imageId' | 'role'>>(
      `SELECT DISTINCT path, device, inode, size_bytes AS sizeBytes, modified_milliseconds AS modifiedMilliseconds
       FROM image_content_files AS files
       WHERE role <> 'image' AND NOT EXISTS (SELECT 1 FROM images WHERE images.path = files.path)`,
    )
    .map(({ path, device, inode, sizeBytes, modifiedMilliseconds }) => ({
      path,
      stamp: { device, inode, born: '', sizeBytes, modifiedMilliseconds },
    }));
}

/** Forgets every content that was read from that file. @returns the entries. */
export function forgetContentsOf(catalogue: Catalogue, path: string): number[] {
  return catalogue.column<number>(
    `DELETE FROM image_contents WHERE image_id IN (SELECT image_id FROM image_content_files WHERE path = @path)
     RETURNING image_id`,
    { path },
  );
}

/** The paths of images in these folders themselves whose content was not read, or could not be. */
export function listUnreadIn(catalogue: Catalogue, folders: readonly string[], limit: number): string[] {
  return folders
    .flatMap((folder) =>
      catalogue
        .column<string>(
          `SELECT path FROM images WHERE path >= @from AND path < @to AND ${readable}
           AND NOT EXISTS (SELECT 1 FROM image_contents WHERE image_id = images.id AND root IS NOT NULL)`,
          pathsBelow(folder),
        )
        .filter((path) => dirname(path) === folder),
    )
    .slice(0, limit);
}
