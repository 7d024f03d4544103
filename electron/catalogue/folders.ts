/** Queries about watched folders. */
import { sep } from 'node:path';
import type { ScanProblem, WatchedFolder } from '#shared/domain/scan.ts';
import { Failure, type FailureData } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Catalogue } from './database.ts';
import { pathsBelow } from './path-range.ts';

interface FolderRow {
  id: number;
  path: string;
  added_at: string;
  scanned_at: string | null;
  failure: string | null;
}

/** What the catalogue knows of a watched folder; the rest is known by who scans it. */
export type StoredFolder = Omit<WatchedFolder, 'progress' | 'following'>;

const columns = 'id, path, added_at, scanned_at, failure';
/** More problems than a person reads. */
const problemsShown = 20;

/** All watched folders, by path. */
export function listWatchedFolders(catalogue: Catalogue): StoredFolder[] {
  return catalogue
    .all<FolderRow>(`SELECT ${columns} FROM watched_folders ORDER BY path`)
    .map((row) => folderOf(catalogue, row));
}

/** @throws Failure `input.invalid` when there is no such folder. */
export function findWatchedFolder(catalogue: Catalogue, id: number): StoredFolder {
  const row = catalogue.get<FolderRow>(`SELECT ${columns} FROM watched_folders WHERE id = @id`, { id });
  if (!row)
    throw new Failure('input.invalid', { problem: inEnglish('there is no watched folder {id}', { id }) });
  return folderOf(catalogue, row);
}

/** Just their paths and numbers: what is asked often. */
export function listWatchedPaths(catalogue: Catalogue): { readonly id: number; readonly path: string }[] {
  return catalogue.all('SELECT id, path FROM watched_folders ORDER BY path');
}

/**
 * Watches one folder more. `addedAt` is ISO 8601.
 * @throws Failure `input.invalid` when it is watched already, by itself or as a part of another, or holds one that is.
 */
export function addWatchedFolder(catalogue: Catalogue, path: string, addedAt: string): StoredFolder {
  return catalogue.transaction(() => {
    for (const other of listWatchedPaths(catalogue)) {
      const problem = overlapOf(path, other.path);
      if (problem !== null) throw new Failure('input.invalid', { problem });
    }
    const row = catalogue.get<FolderRow>(
      `INSERT INTO watched_folders (path, added_at) VALUES (@path, @addedAt) RETURNING ${columns}`,
      { path, addedAt },
    );
    return folderOf(catalogue, row!);
  });
}

function overlapOf(path: string, other: string): string | null {
  const below = (inner: string, outer: string): boolean => inner.startsWith(pathsBelow(outer).from);
  if (path === other) return `${path} is watched already`;
  if (below(path, other)) return `${path} lies in ${other}, which is watched already`;
  if (below(other, path)) return `${path} holds ${other}, which is watched already: unwatch that one first`;
  return null;
}

/**
 * Stops watching. The files stay; with `forgetImages` the library forgets those in the folder, as far as Platter did not
 * make them. @returns the ids of the forgotten entries.
 */
export function removeWatchedFolder(catalogue: Catalogue, id: number, forgetImages: boolean): number[] {
  return catalogue.transaction(() => {
    const { path } = findWatchedFolder(catalogue, id);
    const range = pathsBelow(path);
    catalogue.run('DELETE FROM watched_folders WHERE id = @id', { id });
    forgetSeen(catalogue, path);
    if (!forgetImages) return [];
    return catalogue
      .all<{
        id: number;
      }>('DELETE FROM images WHERE path >= @from AND path < @to AND origin IS NULL RETURNING id', range)
      .map((row) => row.id);
  });
}

/** Stores that all of a folder was looked at, or why it could not be. `scannedAt` is ISO 8601. */
export function recordScan(catalogue: Catalogue, id: number, scannedAt: string): void {
  catalogue.run('UPDATE watched_folders SET scanned_at = @scannedAt, failure = NULL WHERE id = @id', {
    id,
    scannedAt,
  });
}

export function recordFolderFailure(catalogue: Catalogue, id: number, failure: FailureData | null): void {
  catalogue.run('UPDATE watched_folders SET failure = @failure WHERE id = @id', {
    id,
    failure: failure && JSON.stringify(failure),
  });
}

/** Forgets what was seen in `folder` and below it, and the folder itself. */
export function forgetSeen(catalogue: Catalogue, folder: string): void {
  const range = { ...pathsBelow(folder), folder };
  catalogue.run('DELETE FROM seen_files WHERE folder = @folder OR (folder >= @from AND folder < @to)', range);
  catalogue.run('DELETE FROM seen_folders WHERE path = @folder OR (path >= @from AND path < @to)', range);
}

function folderOf(catalogue: Catalogue, row: FolderRow): StoredFolder {
  const range = pathsBelow(row.path);
  // Each from an index alone: asked together, every row would be read.
  const counts = catalogue.get<{ images: number; missing: number }>(
    `SELECT (SELECT count(*) FROM images WHERE path >= @from AND path < @to) AS images,
       (SELECT count(*) FROM images WHERE path >= @from AND path < @to AND missing = 1) AS missing`,
    range,
  )!;
  const { problems, problemCount } = problemsIn(catalogue, row.path);
  return {
    id: row.id,
    path: row.path,
    addedAt: row.added_at,
    scannedAt: row.scanned_at,
    imageCount: counts.images,
    missingCount: counts.missing,
    failure: row.failure === null ? null : (JSON.parse(row.failure) as FailureData),
    problems,
    problemCount,
  };
}

function problemsIn(
  catalogue: Catalogue,
  folder: string,
): { problems: readonly ScanProblem[]; problemCount: number } {
  const range = { ...pathsBelow(folder), folder, separator: sep };
  const inFolders = 'FROM seen_folders WHERE failure IS NOT NULL AND path >= @from AND path < @to';
  // Few files fail: left to itself, SQLite goes through all of them.
  const inFiles = `FROM seen_files INDEXED BY seen_files_that_failed WHERE failure IS NOT NULL
    AND (folder = @folder OR (folder >= @from AND folder < @to))`;
  const count = (sql: string): number =>
    catalogue.get<{ count: number }>(`SELECT count(*) AS count ${sql}`, range)!.count;
  const rows = catalogue.all<{ failure: string; path: string }>(
    `SELECT path, failure ${inFolders} UNION ALL SELECT folder || @separator || name, failure ${inFiles}
     ORDER BY 1 LIMIT ${problemsShown}`,
    range,
  );
  return {
    problems: rows.map(({ path, failure }) => ({ path, failure: JSON.parse(failure) as FailureData })),
    problemCount: count(inFolders) + count(inFiles),
  };
}
