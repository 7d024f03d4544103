/** Queries about what was seen in watched folders: what has not changed since is not opened again. */
import { basename, dirname, join, sep } from 'node:path';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { recogniserVersion, type FileLook, type FileStamp, type ListedFile } from '#shared/domain/scan.ts';
import type { FailureData } from '#shared/failure.ts';
import type { Catalogue } from './database.ts';
import { recordSums } from './file-sums.ts';
import { forgetSeen } from './folders.ts';
import {
  findImage,
  findImageByPath,
  moveImage,
  rememberImage,
  setMissing,
  updateFileState,
  type KnownImage,
} from './images.ts';
import { pathsBelow } from './path-range.ts';
import { recordReferences } from './references.ts';

/** How a file stands to what was seen of it: `unchanged` ones need not be opened. */
export type Standing = 'unchanged' | 'changed';

export interface KnownFile {
  readonly standing: Standing;
  /** Whether an entry of it is marked as missing. */
  readonly markedMissing: boolean;
}

type SeenRow = [
  name: string,
  device: string,
  inode: string,
  sizeBytes: number,
  modifiedMilliseconds: number,
  recogniser: number,
  missing: number | null,
];

/** What files in a folder are to the catalogue, by name; what was never seen is not among them. */
export function standingsOf(
  catalogue: Catalogue,
  folder: string,
  files: readonly ListedFile[],
): ReadonlyMap<string, KnownFile> {
  const rows = catalogue.rows<SeenRow>(
    `SELECT seen.name, seen.device, seen.inode, seen.size_bytes, seen.modified_milliseconds, seen.recogniser,
       images.missing
     FROM json_each(@names) AS asked JOIN seen_files AS seen ON seen.folder = @folder AND seen.name = asked.value
     LEFT JOIN images ON images.path = @start || seen.name`,
    { folder, start: join(folder, sep), names: JSON.stringify(files.map(({ name }) => name)) },
  );
  const asked = new Map(files.map((file) => [file.name, file]));
  return new Map(
    rows.map(([name, device, inode, sizeBytes, modifiedMilliseconds, recogniser, missing]) => {
      const file = asked.get(name)!;
      const same =
        sizeBytes === file.sizeBytes &&
        modifiedMilliseconds === file.modifiedMilliseconds &&
        inode === file.inode &&
        device === file.device &&
        recogniser === recogniserVersion;
      return [name, { standing: same ? 'unchanged' : 'changed', markedMissing: missing === 1 }];
    }),
  );
}

export function countSeenFiles(catalogue: Catalogue, folder: string): number {
  return catalogue.get<{ count: number }>('SELECT count(*) AS count FROM seen_files WHERE folder = @folder', {
    folder,
  })!.count;
}

/** The names of the files that were seen in `folder` itself. */
export function listSeenFiles(catalogue: Catalogue, folder: string): string[] {
  return catalogue
    .all<{ name: string }>('SELECT name FROM seen_files WHERE folder = @folder', { folder })
    .map(({ name }) => name);
}

/** The names of the folders that were seen in `folder` itself. */
export function listSeenFolders(catalogue: Catalogue, folder: string): string[] {
  return catalogue
    .all<{ path: string }>('SELECT path FROM seen_folders WHERE parent = @folder', { folder })
    .map(({ path }) => basename(path));
}

/** Stores that a folder was listed, or why it could not be. `parent` is null for a watched folder itself. */
export function recordSeenFolder(
  catalogue: Catalogue,
  path: string,
  parent: string | null,
  failure: FailureData | null,
): void {
  catalogue.run(
    `INSERT INTO seen_folders (path, parent, failure) VALUES (@path, @parent, @failure)
     ON CONFLICT (path) DO UPDATE SET parent = excluded.parent, failure = excluded.failure
     WHERE failure IS NOT excluded.failure`,
    { path, parent, failure: failure && JSON.stringify(failure) },
  );
}

/** A file that was seen is not in its folder any more: its entry stays, marked as missing. */
export function recordGoneFile(catalogue: Catalogue, folder: string, name: string): LibraryEntry[] {
  forgetSeenFile(catalogue, join(folder, name));
  return markMissing(catalogue, join(folder, name));
}

function forgetSeenFile(catalogue: Catalogue, path: string): void {
  catalogue.run('DELETE FROM seen_files WHERE folder = @folder AND name = @name', {
    folder: dirname(path),
    name: basename(path),
  });
}

/** Marks the entry with that path, if there is one, as missing. @returns the entry where that is new. */
export function markMissing(catalogue: Catalogue, path: string): LibraryEntry[] {
  const entry = findImageByPath(catalogue, path);
  return entry === null || entry.missing ? [] : [setMissing(catalogue, entry.id, true)!];
}

/** A folder is gone with all that was in it. */
export function recordGoneFolder(catalogue: Catalogue, folder: string): LibraryEntry[] {
  const entries = markMissingBelow(catalogue, folder);
  forgetSeen(catalogue, folder);
  return entries;
}

/**
 * Marks the entries below `folder` as missing, or the first `limit` behind the path `after`; what was seen stays known, for a
 * drive that comes back. @returns the entries, by path.
 */
export function markMissingBelow(
  catalogue: Catalogue,
  folder: string,
  after: string | null = null,
  limit = Number.MAX_SAFE_INTEGER,
): LibraryEntry[] {
  const { from, to } = pathsBelow(folder);
  return catalogue
    .column<number>(
      'SELECT id FROM images WHERE path > @after AND path < @to AND missing = 0 ORDER BY path LIMIT @limit',
      { after: after ?? from, to, limit },
    )
    .flatMap((id) => setMissing(catalogue, id, true) ?? []);
}

/** The paths of entries below `folder` that are not marked as missing. */
export function listPresentPaths(catalogue: Catalogue, folder: string): string[] {
  return catalogue
    .all<{
      path: string;
    }>('SELECT path FROM images WHERE path >= @from AND path < @to AND missing = 0', pathsBelow(folder))
    .map(({ path }) => path);
}

/** The person removed the entry and kept the file: it does not come back by itself. */
export function ignoreSeenFile(catalogue: Catalogue, path: string): void {
  catalogue.run('UPDATE seen_files SET ignored = 1 WHERE folder = @folder AND name = @name', {
    folder: dirname(path),
    name: basename(path),
  });
}

/** An entry that may be the file found at another path. */
export interface Candidate {
  readonly id: number;
  readonly path: string;
}

/** Two are enough to know that one cannot be told. */
const mostAlike = 2;
/** The coarsest file systems (FAT) keep times to two seconds, and a move rounds to what its target keeps. */
const timeGrainMilliseconds = 2000;
/** What a file system says that does not know when a file was made. */
const unknownBirth = '0';

interface CandidateRow extends Candidate {
  born: string | null;
  alike: number;
}

/**
 * The entries that the file of `look` may have been before it was moved. Its number in the file system says it, with the time
 * when the file was made; else that size, time of change and samples are those of one entry alone, since a move to another
 * file system keeps all three. Whether it is still where it was is for the caller to find out. None for a path with an entry.
 */
export function candidatesFor(catalogue: Catalogue, look: FileLook): readonly Candidate[] {
  const { path, stamp, image } = look;
  if (stamp === null || image === null || findImageByPath(catalogue, path) !== null) return [];
  const { device, inode, born, modifiedMilliseconds } = stamp;
  // The fingerprint holds the size.
  const alike = 'fingerprint = @fingerprint AND modified_milliseconds BETWEEN @from AND @to';
  const values = {
    fingerprint: image.fingerprint,
    from: modifiedMilliseconds - timeGrainMilliseconds,
    to: modifiedMilliseconds + timeGrainMilliseconds,
  };
  const byNumber = catalogue
    .all<CandidateRow>(
      `SELECT id, path, born, fingerprint IS NOT NULL AND ${alike} AS alike FROM images
       WHERE inode = @inode AND device = @device`,
      { ...values, device, inode },
    )
    // A number is given to another file when its own is gone, often to one that is alike: new disks are.
    .filter((row) =>
      born === unknownBirth || (row.born ?? unknownBirth) === unknownBirth
        ? row.alike === 1
        : row.born === born,
    );
  if (byNumber.length > 0) return byNumber;
  const byContent = catalogue.all<Candidate>(
    `SELECT id, path FROM images WHERE ${alike} LIMIT ${mostAlike}`,
    values,
  );
  // Samples do not tell copies apart: beside another one, also one that is still there, none is taken for the file.
  return byContent.length === 1 ? byContent : [];
}

export type LookEffect =
  | { readonly kind: 'added' | 'changed'; readonly entry: LibraryEntry }
  | { readonly kind: 'moved'; readonly entry: LibraryEntry }
  | { readonly kind: 'nothing' };

/**
 * Stores what a look found. `movedFrom` is the entry that the file was before, where it was moved. An entry is never
 * removed: one whose file is no image any more keeps what was known of it. `seenAt` is ISO 8601.
 */
export function recordLook(
  catalogue: Catalogue,
  look: FileLook,
  movedFrom: Candidate | null,
  seenAt: string,
): LookEffect {
  const { path, stamp, image, failure } = look;
  if (stamp === null) return { kind: 'nothing' };
  const ignored = recordSeenFile(catalogue, path, stamp, failure);
  // What cannot be read now says what it said.
  if (failure === null) {
    recordReferences(catalogue, path, look.belongings);
    recordSums(catalogue, path, look.belongings?.sums ?? []);
  }
  const before = findImageByPath(catalogue, path);
  if (image === null) {
    if (before === null || failure !== null) return { kind: 'nothing' };
    const { sizeBytes: fileSizeBytes, modifiedMilliseconds } = stamp;
    const state = {
      missing: false,
      fileSizeBytes,
      allocatedBytes: look.allocatedBytes,
      modifiedMilliseconds,
    };
    return { kind: 'changed', entry: updateFileState(catalogue, before.id, state)! };
  }
  if (before === null && ignored) return { kind: 'nothing' };
  // Another batch may have found the entry's file meanwhile.
  const moves = before === null && movedFrom !== null && isStillAt(catalogue, movedFrom);
  if (moves) {
    moveImage(catalogue, movedFrom.id, path);
    // In the same transaction: a file on record without its entry would not be looked at if it came back.
    forgetSeenFile(catalogue, movedFrom.path);
    recordReferences(catalogue, movedFrom.path, undefined);
  }
  const entry = rememberImage(catalogue, knownImage(look, stamp, image), seenAt);
  return { kind: before !== null ? 'changed' : moves ? 'moved' : 'added', entry };
}

function isStillAt(catalogue: Catalogue, { id, path }: Candidate): boolean {
  return findImage(catalogue, id)?.path === path;
}

function knownImage(
  { path, allocatedBytes, belongings }: FileLook,
  stamp: FileStamp,
  image: NonNullable<FileLook['image']>,
): KnownImage {
  const { kind, format, variant, virtualSizeBytes, fingerprint } = image;
  const { device, inode, born, sizeBytes: fileSizeBytes, modifiedMilliseconds } = stamp;
  return {
    path,
    kind,
    format,
    variant,
    virtualSizeBytes,
    fileSizeBytes,
    allocatedBytes,
    modifiedMilliseconds,
    identity: { device, inode, born, fingerprint },
    ...(belongings === undefined ? {} : { belongings }),
  };
}

/** Whether the file is one that the person does not want in the library. */
function recordSeenFile(
  catalogue: Catalogue,
  path: string,
  stamp: FileStamp,
  failure: FailureData | null,
): boolean {
  const row = catalogue.get<{ ignored: number }>(
    `INSERT INTO seen_files (folder, name, device, inode, size_bytes, modified_milliseconds, recogniser, failure)
     VALUES (@folder, @name, @device, @inode, @sizeBytes, @modifiedMilliseconds, @recogniser, @failure)
     ON CONFLICT (folder, name) DO UPDATE SET
       device = excluded.device, inode = excluded.inode, size_bytes = excluded.size_bytes,
       modified_milliseconds = excluded.modified_milliseconds, recogniser = excluded.recogniser,
       failure = excluded.failure
     RETURNING ignored`,
    {
      folder: dirname(path),
      name: basename(path),
      device: stamp.device,
      inode: stamp.inode,
      sizeBytes: stamp.sizeBytes,
      modifiedMilliseconds: stamp.modifiedMilliseconds,
      recogniser: recogniserVersion,
      failure: failure && JSON.stringify(failure),
    },
  );
  return row!.ignored !== 0;
}
