/** Backups of the library file: made while it is in use, found sound before they get their names, one a day kept for a week. */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Backup } from '#shared/domain/upkeep.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { problemsIn } from './integrity.ts';
import { makeNewFile } from './new-file.ts';

const daysKept = 7;
const namePattern = /^(library|before-change)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.sqlite$/;

/** The backups in a folder, the newest first; none where there is no folder. @throws Failure `io.*` */
export function listBackups(folder: string): Backup[] {
  const backups = namesIn(folder).flatMap((name): Backup[] => {
    const match = namePattern.exec(name);
    if (match === null) return [];
    const sizeBytes = statSync(join(folder, name), { throwIfNoEntry: false })?.size;
    if (sizeBytes === undefined) return [];
    return [
      {
        name,
        takenAt: name.replace(namePattern, '$2-$3-$4T$5:$6:$7.$8Z'),
        sizeBytes,
        kind: match[1] === 'library' ? 'regular' : 'before-change',
      },
    ];
  });
  return backups.sort((a, b) => (a.takenAt < b.takenAt ? 1 : -1));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw systemFailure(error, folder);
  }
}

/** The backup with that name. @throws Failure `input.invalid` when there is none. */
export function findBackup(folder: string, name: string): Backup {
  const backup = listBackups(folder).find((one) => one.name === name);
  if (backup === undefined)
    throw new Failure('input.invalid', { problem: inEnglish('there is no backup "{name}"', { name }) });
  return backup;
}

/** The word for a moment in the names of files; `now` in milliseconds since 1970. */
export function stampOf(now: number): string {
  return new Date(now).toISOString().replace(/[-:.]/g, '');
}

/**
 * Makes a backup in `folder`; a regular one makes those older than a week superfluous, and they go.
 * @throws Failure `catalogue.damaged` when the copy is not sound; `io.*`.
 */
export function backUp(
  libraryPath: string,
  folder: string,
  now: number,
  kind: Backup['kind'] = 'regular',
): Backup {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = `${kind === 'regular' ? 'library' : kind}-${stampOf(now)}.sqlite`;
  copyLibrary(libraryPath, join(folder, name));
  if (kind === 'regular') removeOld(folder);
  return findBackup(folder, name);
}

/**
 * Writes a sound copy of a library in use to a new file: one transaction reads all of it, others go on meanwhile.
 * @throws Failure `catalogue.damaged`, `io.*`.
 */
export function copyLibrary(libraryPath: string, path: string): void {
  makeNewFile(path, (temporary) => {
    vacuumInto(libraryPath, temporary);
    const [problem] = problemsIn(temporary);
    if (problem !== undefined) throw new Failure('catalogue.damaged', { path: libraryPath, problem });
  });
}

/** SQLite, "VACUUM INTO": a consistent copy without free pages. It fails on pages that make no sense. */
function vacuumInto(libraryPath: string, path: string): void {
  let database: Database.Database | null = null;
  try {
    database = new Database(libraryPath, { fileMustExist: true });
    database.prepare('VACUUM INTO ?').run(path);
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
      throw new Failure('catalogue.damaged', { path: libraryPath, problem: (error as Error).message }, error);
    }
    throw code === 'SQLITE_FULL'
      ? new Failure('io.no-space', { path }, error)
      : new Failure('io.failed', { path, reason: code }, error);
  } finally {
    database?.close();
  }
}

/** Of the last seven days that have a backup, the newest of each is kept. */
function removeOld(folder: string): void {
  const days = new Set<string>();
  for (const { name, takenAt, kind } of listBackups(folder)) {
    if (kind !== 'regular') continue;
    const day = takenAt.slice(0, 10);
    if (days.has(day) || days.size >= daysKept) rmSync(join(folder, name), { force: true });
    else days.add(day);
  }
}
