/** Opens the library, also a damaged one: that is put aside, never deleted, and the newest sound backup takes its place. */
import { copyFileSync, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { inWords } from '#shared/text/in-words.ts';
import type { LibraryRescue } from '#shared/domain/upkeep.ts';
import { Failure, isFailure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { listBackups } from './backups.ts';
import { openCatalogue, type Catalogue, type CatalogueOptions } from './database.ts';
import { addWatchedFolder } from './folders.ts';
import { problemsIn } from './integrity.ts';
import type { LibraryLocation } from './location.ts';
import { makeNewFile } from './new-file.ts';
import { livingOthers } from './process-lock.ts';
import { damagedName } from './restore.ts';
import { readValue, writeValue } from './settings.ts';

/** A library up to this size is checked whole before it is used, in some milliseconds; a larger one later, in a thread. */
const checkedAtOpening = 4 * 2 ** 20;
const rescueName = 'library-rescue';

/**
 * The library, recovered where it is damaged; who recovers it says so under readRescue().
 * @throws Failure as openCatalogue(); `catalogue.damaged` when another Platter has it open, which must end first.
 */
export function openOrRecover(
  location: LibraryLocation,
  options: CatalogueOptions & { readonly clock?: () => number } = {},
): Catalogue {
  const { databasePath } = location;
  const problem = knownProblem(databasePath);
  if (problem === null) {
    try {
      return openCatalogue(databasePath, options);
    } catch (error) {
      if (!isFailure(error, 'catalogue.damaged')) throw error;
    }
  }
  return recover(location, problem ?? 'SQLite cannot read it', options);
}

/** What is known to be wrong before the library is opened: from a check of an earlier run, or of a small file now. */
function knownProblem(path: string): string | null {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (!existsSync(markOf(path)) && (size === 0 || size > checkedAtOpening)) return null;
  const [problem] = existsSync(path) ? problemsIn(path) : [];
  if (problem === undefined) rmSync(markOf(path), { force: true });
  return problem ?? null;
}

function markOf(path: string): string {
  return `${path}.found-damaged`;
}

/** A check found the library damaged: the next start recovers it before it is used. */
export function markDamaged(databasePath: string, problems: readonly string[]): void {
  writeFileSync(markOf(databasePath), `${problems.join('\n')}\n`);
}

function recover(
  location: LibraryLocation,
  problem: Message,
  options: CatalogueOptions & { readonly clock?: () => number },
): Catalogue {
  const { databasePath, backupsFolder } = location;
  const now = (options.clock ?? Date.now)();
  refuseWhileOpen(location, problem);
  const keptAt = damagedName(databasePath, now);
  for (const ending of ['', '-wal', '-shm']) {
    if (existsSync(`${databasePath}${ending}`)) renameSync(`${databasePath}${ending}`, `${keptAt}${ending}`);
  }
  const backup = listBackups(backupsFolder).find(
    ({ name }) => problemsIn(join(backupsFolder, name)).length === 0,
  );
  if (backup !== undefined) {
    makeNewFile(databasePath, (path) => copyFileSync(join(backupsFolder, backup.name), path));
  }
  const catalogue = openCatalogue(databasePath, options);
  if (backup === undefined) keepFolders(catalogue, keptAt);
  const at = new Date(now).toISOString();
  noteRescue(catalogue, { kind: 'recovered', at, from: backup?.takenAt ?? null, keptAt });
  rmSync(markOf(databasePath), { force: true });
  options.log?.(`the library was damaged (${inWords(problem)}); it is kept at ${keptAt}`);
  return catalogue;
}

/** A file that another process has open must not get another's place under it. */
function refuseWhileOpen({ databasePath, locksFolder }: LibraryLocation, problem: Message): void {
  if (livingOthers(locksFolder).length > 0) {
    throw new Failure('catalogue.damaged', {
      path: databasePath,
      problem: inEnglish('{problem}; another Platter has it open, and must be closed first', {
        problem: asValue(problem),
      }),
    });
  }
}

/** Without a backup, what can still be read of the watched folders is enough to find the images again. */
function keepFolders(catalogue: Catalogue, damagedPath: string): void {
  let damaged: Database.Database | null = null;
  try {
    damaged = new Database(damagedPath, { readonly: true, fileMustExist: true });
    const rows = damaged.prepare('SELECT path, added_at FROM watched_folders').all() as {
      path: unknown;
      added_at: unknown;
    }[];
    for (const { path, added_at } of rows) {
      if (typeof path === 'string' && typeof added_at === 'string')
        addWatchedFolder(catalogue, path, added_at);
    }
  } catch {
    // They are to be added again by hand; what happened is told.
  } finally {
    damaged?.close();
  }
}

/** What happened to the library, until it has been read; null when nothing did. */
export function readRescue(catalogue: Catalogue): LibraryRescue | null {
  const value = readValue(catalogue, rescueName);
  return value === undefined || value === null ? null : (value as LibraryRescue);
}

/** Stores what happened to the library; null when it has been read. */
export function noteRescue(catalogue: Catalogue, rescue: LibraryRescue | null): void {
  writeValue(catalogue, rescueName, rescue);
}
