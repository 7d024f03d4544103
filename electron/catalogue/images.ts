/** Queries about the images of the library. */
import { basename, dirname, sep } from 'node:path';
import type { ImageInfo, ImageKind } from '#shared/domain/image.ts';
import type { FileBelongings } from '#shared/domain/parts.ts';
import type { EntryTag, LibraryEntry, Origin } from '#shared/domain/library.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Catalogue, SqlValues } from './database.ts';
import { recordReferences } from './references.ts';

interface ImageRow {
  id: number;
  path: string;
  kind: ImageKind;
  format: string;
  variant: string | null;
  virtual_size_bytes: number | null;
  file_size_bytes: number;
  allocated_bytes: number;
  modified_milliseconds: number | null;
  sha256: string | null;
  origin: string | null;
  added_at: string;
  missing: number;
  note: string | null;
  rating: number | null;
  guest: string | null;
  tags: string | null;
}

/** What is known of a file that goes into the library. */
export interface KnownImage {
  readonly path: string;
  readonly kind: ImageKind;
  readonly format: string;
  readonly variant: string | null;
  readonly virtualSizeBytes: number | null;
  readonly fileSizeBytes: number;
  readonly allocatedBytes: number;
  /** Since 1970; null when it is not known. */
  readonly modifiedMilliseconds: number | null;
  /** What the file says of others; absent where nobody asked, or it says nothing. */
  readonly belongings?: FileBelongings;
  /** What the file is found again by when it was moved; absent where nobody asked. */
  readonly identity?: FileIdentity;
}

/** What stays the same when a file is moved: its number in the file system, and its content. */
export interface FileIdentity {
  readonly device: string;
  readonly inode: string;
  readonly born: string;
  readonly fingerprint: string;
}

/** An image that Platter has just made. */
export interface MadeImage extends KnownImage {
  readonly sha256: string | null;
  readonly origin: Origin;
}

/** What the file system says of an entry's file. */
export interface FileState {
  readonly missing: boolean;
  readonly fileSizeBytes: number;
  readonly allocatedBytes: number;
  readonly modifiedMilliseconds: number | null;
}

const columns = `id, path, kind, format, variant, virtual_size_bytes, file_size_bytes, allocated_bytes, modified_milliseconds,
  sha256, origin, added_at, missing, note, rating, guest,
  (SELECT json_group_array(json_object('id', tags.id, 'name', name, 'color', color)) FROM image_tags
    JOIN tags ON tags.id = tag_id WHERE image_id = images.id HAVING count(*) > 0) AS tags`;

/** All entries, the newest first. */
export function listImages(catalogue: Catalogue): LibraryEntry[] {
  return catalogue
    .all<ImageRow>(`SELECT ${columns} FROM images ORDER BY added_at DESC, id DESC`)
    .map(entryOf);
}

/** The entries that came last, the newest first. */
export function listNewestImages(catalogue: Catalogue, limit: number): LibraryEntry[] {
  return catalogue
    .all<ImageRow>(`SELECT ${columns} FROM images ORDER BY added_at DESC, id DESC LIMIT @limit`, { limit })
    .map(entryOf);
}

/** The entries with these ids, in their order; those that are gone are left out. */
export function findImages(catalogue: Catalogue, ids: readonly number[]): LibraryEntry[] {
  const rows = catalogue.all<ImageRow>(
    `SELECT ${columns} FROM images WHERE id IN (SELECT value FROM json_each(@ids))`,
    { ids: JSON.stringify(ids) },
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row === undefined ? [] : [entryOf(row)];
  });
}

export function findImage(catalogue: Catalogue, id: number): LibraryEntry | null {
  const row = catalogue.get<ImageRow>(`SELECT ${columns} FROM images WHERE id = @id`, { id });
  return row ? entryOf(row) : null;
}

export function findImageByPath(catalogue: Catalogue, path: string): LibraryEntry | null {
  const row = catalogue.get<ImageRow>(`SELECT ${columns} FROM images WHERE path = @path`, { path });
  return row ? entryOf(row) : null;
}

/** What is known of a file that was just inspected. `modifiedMilliseconds` since 1970. */
export function knownImageOf(info: ImageInfo, modifiedMilliseconds: number | null): KnownImage {
  const { path, kind, format, variant, virtualSizeBytes, fileSizeBytes, allocatedBytes } = info;
  return {
    path,
    kind,
    format,
    variant,
    virtualSizeBytes,
    fileSizeBytes,
    allocatedBytes,
    modifiedMilliseconds,
    ...(info.belongings === undefined ? {} : { belongings: info.belongings }),
  };
}

/** Stores what is known of an image beside itself: what it says of others, and which system is on it. */
export function recordBelongings(catalogue: Catalogue, path: string, belongings: FileBelongings): void {
  recordReferences(catalogue, path, belongings);
  if (belongings.guest !== null) recordGuest(catalogue, path, belongings.guest);
}

/**
 * Adds the image, or brings the entry with that path up to date: it keeps its id, date and origin, and its digest as
 * long as the file has not been touched. `addedAt` is ISO 8601.
 */
export function rememberImage(catalogue: Catalogue, image: KnownImage, addedAt: string): LibraryEntry {
  const row = catalogue.get<ImageRow>(
    `INSERT INTO images (path, kind, format, variant, virtual_size_bytes, file_size_bytes, allocated_bytes,
       modified_milliseconds, device, inode, born, fingerprint, added_at)
     VALUES (@path, @kind, @format, @variant, @virtualSizeBytes, @fileSizeBytes, @allocatedBytes,
       @modifiedMilliseconds, @device, @inode, @born, @fingerprint, @addedAt)
     ON CONFLICT (path) DO UPDATE SET
       sha256 = iif(file_size_bytes = excluded.file_size_bytes
         AND modified_milliseconds IS excluded.modified_milliseconds, sha256, NULL),
       kind = excluded.kind, format = excluded.format, variant = excluded.variant,
       virtual_size_bytes = excluded.virtual_size_bytes, file_size_bytes = excluded.file_size_bytes,
       allocated_bytes = excluded.allocated_bytes, modified_milliseconds = excluded.modified_milliseconds, missing = 0,
       device = coalesce(excluded.device, device), inode = coalesce(excluded.inode, inode),
       born = coalesce(excluded.born, born), fingerprint = coalesce(excluded.fingerprint, fingerprint)
     RETURNING ${columns}`,
    { ...valuesOf(image), ...(image.identity ?? noIdentity), addedAt },
  );
  if (image.belongings) recordBelongings(catalogue, image.path, image.belongings);
  return entryOf(row!);
}

const noIdentity = { device: null, inode: null, born: null, fingerprint: null };

function valuesOf(image: KnownImage): SqlValues {
  const { path, kind, format, variant, virtualSizeBytes, fileSizeBytes, allocatedBytes } = image;
  const { modifiedMilliseconds } = image;
  return {
    path,
    kind,
    format,
    variant,
    virtualSizeBytes,
    fileSizeBytes,
    allocatedBytes,
    modifiedMilliseconds,
  };
}

/** Adds an image that Platter made; one that lay there before is forgotten but for its id. */
export function recordMadeImage(catalogue: Catalogue, image: MadeImage, addedAt: string): LibraryEntry {
  const row = catalogue.get<ImageRow>(
    `INSERT INTO images (path, kind, format, variant, virtual_size_bytes, file_size_bytes, allocated_bytes,
       modified_milliseconds, sha256, origin, added_at)
     VALUES (@path, @kind, @format, @variant, @virtualSizeBytes, @fileSizeBytes, @allocatedBytes,
       @modifiedMilliseconds, @sha256, @origin, @addedAt)
     ON CONFLICT (path) DO UPDATE SET
       kind = excluded.kind, format = excluded.format, variant = excluded.variant,
       virtual_size_bytes = excluded.virtual_size_bytes, file_size_bytes = excluded.file_size_bytes,
       allocated_bytes = excluded.allocated_bytes, modified_milliseconds = excluded.modified_milliseconds,
       sha256 = excluded.sha256, origin = excluded.origin, added_at = excluded.added_at, missing = 0
     RETURNING ${columns}`,
    { ...valuesOf(image), sha256: image.sha256, origin: JSON.stringify(image.origin), addedAt },
  );
  if (image.belongings) recordBelongings(catalogue, image.path, image.belongings);
  return entryOf(row!);
}

/** Stores the digest of the guest-visible bytes with the entry of that path; null when there is none. */
export function recordHash(catalogue: Catalogue, path: string, sha256: string): LibraryEntry | null {
  const row = catalogue.get<ImageRow>(
    `UPDATE images SET sha256 = @sha256 WHERE path = @path RETURNING ${columns}`,
    { path, sha256 },
  );
  return row ? entryOf(row) : null;
}

/** Stores which system is on the disk of that path. @returns whether the entry did not say so yet. */
export function recordGuest(catalogue: Catalogue, path: string, guest: string): boolean {
  const sql = 'UPDATE images SET guest = @guest WHERE path = @path AND guest IS NOT @guest';
  return catalogue.run(sql, { path, guest }).changes > 0;
}

/**
 * Gives the entry another path. An entry that had that path is dropped: its file was not there any more.
 * @returns the entry, and the id of the dropped one.
 * @throws Failure `input.invalid` when there is no entry `id`.
 */
export function moveImage(
  catalogue: Catalogue,
  id: number,
  path: string,
): { readonly entry: LibraryEntry; readonly droppedId: number | null } {
  return catalogue.transaction(() => {
    const dropped = catalogue.get<{ id: number }>(
      'DELETE FROM images WHERE path = @path AND id <> @id RETURNING id',
      { id, path },
    );
    const row = catalogue.get<ImageRow>(
      `UPDATE images SET path = @path, missing = 0 WHERE id = @id RETURNING ${columns}`,
      { id, path },
    );
    if (!row)
      throw new Failure('input.invalid', { problem: inEnglish('the library has no entry {id}', { id }) });
    return { entry: entryOf(row), droppedId: dropped?.id ?? null };
  });
}

/** Forgets an entry; false when there was none. */
export function removeImage(catalogue: Catalogue, id: number): boolean {
  return catalogue.run('DELETE FROM images WHERE id = @id', { id }).changes > 0;
}

/** Marks the file of an entry as missing, or as there. Null when there is no entry. */
export function setMissing(catalogue: Catalogue, id: number, missing: boolean): LibraryEntry | null {
  const row = catalogue.get<ImageRow>(
    `UPDATE images SET missing = @missing WHERE id = @id RETURNING ${columns}`,
    { id, missing: missing ? 1 : 0 },
  );
  return row ? entryOf(row) : null;
}

/**
 * What was last known of the files of the first `limit` entries whose id is larger than `after`, but for those in watched
 * folders: who scans those looks after them. `last`: the last of these entries; null where there are none.
 */
export function listFileStates(
  catalogue: Catalogue,
  after: number,
  limit: number,
): { readonly last: number | null; readonly states: (FileState & { id: number; path: string })[] } {
  const { last } = catalogue.get<{ last: number | null }>(
    `SELECT max(id) AS last FROM (SELECT id FROM images WHERE id > @after ORDER BY id LIMIT @limit)`,
    { after, limit },
  )!;
  const states = catalogue
    .all<
      Pick<
        ImageRow,
        'id' | 'path' | 'missing' | 'file_size_bytes' | 'allocated_bytes' | 'modified_milliseconds'
      >
    >(
      `SELECT id, path, missing, file_size_bytes, allocated_bytes, modified_milliseconds FROM images
      WHERE id > @after AND id <= @last AND NOT EXISTS (SELECT 1 FROM watched_folders
        WHERE images.path >= rtrim(watched_folders.path, @separator) || @separator
          AND images.path < rtrim(watched_folders.path, @separator) || @end)
      ORDER BY id`,
      { separator: sep, end: String.fromCharCode(sep.charCodeAt(0) + 1), after, last },
    )
    .map((row) => ({
      id: row.id,
      path: row.path,
      missing: row.missing !== 0,
      fileSizeBytes: row.file_size_bytes,
      allocatedBytes: row.allocated_bytes,
      modifiedMilliseconds: row.modified_milliseconds,
    }));
  return { last, states };
}

/** Stores what the file system says now; the digest goes when the file has been touched. Null when the entry is gone. */
export function updateFileState(catalogue: Catalogue, id: number, state: FileState): LibraryEntry | null {
  const row = catalogue.get<ImageRow>(
    `UPDATE images SET
       sha256 = iif(@missing = 1 OR (file_size_bytes = @fileSizeBytes
         AND modified_milliseconds IS @modifiedMilliseconds), sha256, NULL),
       missing = @missing, file_size_bytes = @fileSizeBytes, allocated_bytes = @allocatedBytes,
       modified_milliseconds = @modifiedMilliseconds
     WHERE id = @id RETURNING ${columns}`,
    { ...state, id, missing: state.missing ? 1 : 0 },
  );
  return row ? entryOf(row) : null;
}

/** A UTM machine is a folder: what is called after it is the machine, not the file in it. */
function nameOf({ path, format }: Pick<ImageRow, 'path' | 'format'>): string {
  return format === 'utm' ? basename(dirname(path)) : basename(path);
}

function entryOf(row: ImageRow): LibraryEntry {
  return {
    id: row.id,
    path: row.path,
    name: nameOf(row),
    kind: row.kind,
    format: row.format,
    variant: row.variant,
    virtualSizeBytes: row.virtual_size_bytes,
    fileSizeBytes: row.file_size_bytes,
    allocatedBytes: row.allocated_bytes,
    sha256: row.sha256,
    origin: row.origin === null ? null : (JSON.parse(row.origin) as Origin),
    addedAt: row.added_at,
    modifiedMilliseconds: row.modified_milliseconds,
    missing: row.missing !== 0,
    tags: row.tags === null ? [] : (JSON.parse(row.tags) as EntryTag[]),
    note: row.note,
    rating: row.rating,
    guest: row.guest,
  };
}
