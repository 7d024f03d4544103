/** Moves the library to another folder: asked for while it is in use, and done by the next start, before anybody writes to it. */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { LibraryRescue } from '#shared/domain/upkeep.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { copyLibrary, listBackups, stampOf } from './backups.ts';
import { openCatalogue, type Catalogue, type Log } from './database.ts';
import { libraryLocation, locationIn, type LibraryLocation } from './location.ts';
import { makeNewFile } from './new-file.ts';
import { livingOthers } from './process-lock.ts';
import { noteRescue, openOrRecover } from './recovery.ts';

/** Lies in the library's own folder, which PLATTER_HOME or the platform names. */
const noteName = 'library-place.json';

interface PlaceNote {
  /** Where the library is; null: here. */
  readonly folder: string | null;
  /** Where the next start is to move it; null: nowhere. */
  readonly asked: string | null;
}

const here: PlaceNote = { folder: null, asked: null };

/**
 * Where the library is now. `home` as for libraryLocation().
 * @throws Failure `io.not-found` when it was moved to where nothing is: a drive that is not there must not begin a new one.
 */
export function currentLocation(home?: string): LibraryLocation {
  const own = libraryLocation(home);
  const { folder } = readNote(own.folder);
  if (folder === null) return own;
  const moved = locationIn(folder);
  if (!existsSync(moved.databasePath)) throw new Failure('io.not-found', { path: moved.databasePath });
  return moved;
}

/** The folder that the next start moves the library to; null for none. */
export function askedMove(home?: string): string | null {
  return readNote(libraryLocation(home).folder).asked;
}

/**
 * Asks for the library to be moved into `folder` by the next start; null takes that back.
 * @throws Failure `input.invalid` when it is there already; `io.exists` when another library is; `io.*` where nothing can
 * be written.
 */
export function askForMove(folder: string | null, home?: string): void {
  const own = libraryLocation(home);
  const note = readNote(own.folder);
  if (folder !== null) {
    if (folder === currentLocation(home).folder) {
      throw new Failure('input.invalid', { problem: inEnglish('the library is in that folder already') });
    }
    refuseUnfit(folder);
  }
  writeNote(own.folder, { ...note, asked: folder });
}

function refuseUnfit(folder: string): void {
  const { databasePath } = locationIn(folder);
  if (existsSync(databasePath)) throw new Failure('io.exists', { path: databasePath });
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const trial = join(folder, `.platter-${process.pid}-${Date.now()}`);
    makeNewFile(trial, (path) => writeFileSync(path, ''));
    rmSync(trial);
  } catch (error) {
    throw systemFailure(error, folder);
  }
}

/**
 * Opens the library where it is; where it is to be moved, first does that: a copy is made and found sound, opened, and only
 * then counts. What was there before is kept under another name. What failed is told, and the library stays where it was.
 * @throws Failure as currentLocation() and openOrRecover().
 */
export function openInPlace(
  home: string | undefined,
  log: Log,
  now = Date.now(),
): { readonly catalogue: Catalogue; readonly location: LibraryLocation } {
  const own = libraryLocation(home);
  const { asked } = readNote(own.folder);
  const from = currentLocation(home);
  if (asked === null) return { catalogue: openOrRecover(from, { log }), location: from };
  const to = locationIn(asked);
  const at = new Date(now).toISOString();
  try {
    const catalogue = moveTo(from, to);
    writeNote(own.folder, { folder: to.folder === own.folder ? null : to.folder, asked: null });
    const keptAt = putAside(from.databasePath, now);
    moveBackups(from.backupsFolder, to.backupsFolder, log);
    tell(catalogue, { kind: 'moved', at, from: null, keptAt }, log);
    return { catalogue, location: to };
  } catch (error) {
    log(`the library could not be moved to ${to.folder}: ${String(error)}`);
    writeNote(own.folder, { ...readNote(own.folder), asked: null });
    const catalogue = openOrRecover(from, { log });
    tell(catalogue, { kind: 'not-moved', at, from: null, keptAt: to.folder }, log);
    return { catalogue, location: from };
  }
}

/** @throws Failure `input.invalid` while another Platter uses the library; `catalogue.*`, `io.*`. */
function moveTo(from: LibraryLocation, to: LibraryLocation): Catalogue {
  if (livingOthers(from.locksFolder).length > 0) {
    throw new Failure('input.invalid', {
      problem: inEnglish('another Platter uses the library'),
    });
  }
  mkdirSync(to.folder, { recursive: true, mode: 0o700 });
  copyLibrary(from.databasePath, to.databasePath);
  return openCatalogue(to.databasePath);
}

/** The file is of no use any more, but nothing of a person's is deleted. */
function putAside(databasePath: string, now: number): string {
  const keptAt = `${databasePath}.moved-${stampOf(now)}`;
  for (const ending of ['', '-wal', '-shm']) {
    if (existsSync(`${databasePath}${ending}`)) renameSync(`${databasePath}${ending}`, `${keptAt}${ending}`);
  }
  return keptAt;
}

/** They go where the library is looked for. One that cannot be moved stays whole where it was, and that is told. */
function moveBackups(from: string, to: string, log: Log): void {
  try {
    const backups = listBackups(from);
    if (backups.length > 0) mkdirSync(to, { recursive: true, mode: 0o700 });
    for (const { name } of backups) moveBackup(join(from, name), join(to, name), log);
  } catch (error) {
    log(`backups stay in ${from}: ${String(error)}`);
  }
}

function moveBackup(path: string, target: string, log: Log): void {
  try {
    makeNewFile(target, (temporary) => {
      try {
        linkSync(path, temporary);
      } catch {
        // Another file system, or one without links.
        copyFileSync(path, temporary);
      }
    });
    rmSync(path);
  } catch (error) {
    log(`a backup stays in ${path}: ${String(error)}`);
  }
}

function tell(catalogue: Catalogue, rescue: LibraryRescue, log: Log): void {
  try {
    noteRescue(catalogue, rescue);
  } catch (error) {
    log(`that the library was moved is not told: ${String(error)}`);
  }
}

/** A note that says nothing that makes sense is none: the library is where it is by itself. */
function readNote(folder: string): PlaceNote {
  const path = join(folder, noteName);
  if (!(statSync(path, { throwIfNoEntry: false })?.isFile() ?? false)) return here;
  try {
    const note = JSON.parse(readFileSync(path, 'utf8')) as Partial<Record<keyof PlaceNote, unknown>> | null;
    return { folder: absolute(note?.folder), asked: absolute(note?.asked) };
  } catch (error) {
    if (error instanceof SyntaxError) return here;
    throw systemFailure(error, path);
  }
}

function absolute(value: unknown): string | null {
  return typeof value === 'string' && isAbsolute(value) && !value.includes('\0') ? value : null;
}

/** The note is whole or as it was before. */
function writeNote(folder: string, note: PlaceNote): void {
  const path = join(folder, noteName);
  try {
    if (note.folder === null && note.asked === null) {
      rmSync(path, { force: true });
      return;
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const next = `${path}.next`;
    rmSync(next, { force: true });
    makeNewFile(next, (temporary) => writeFileSync(temporary, `${JSON.stringify(note, null, 2)}\n`));
    renameSync(next, path);
  } catch (error) {
    throw systemFailure(error, path);
  }
}
