/** Makes the library what a backup says: in one transaction of SQLite, while other connections and processes go on. */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Failure, isFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { backUp, stampOf } from './backups.ts';
import { openCatalogue } from './database.ts';
import { problemsIn } from './integrity.ts';

/** Where a damaged library's last change cannot be read, numbers go on from here above the backup's. */
const beyondAnyChange = 2 ** 40;

/**
 * Replaces the content of the library by that of the backup. What it held is kept: as a backup, or as it is when it is
 * damaged. Jobs that the backup has under way become interrupted.
 * @returns where what was there before lies.
 * @throws Failure `catalogue.damaged` when the backup is; `catalogue.newer`; `io.*`. Then the library is as it was.
 */
export async function restoreBackup(
  libraryPath: string,
  backupPath: string,
  backupsFolder: string,
  now: number,
): Promise<string> {
  const [problem] = problemsIn(backupPath);
  if (problem !== undefined) throw new Failure('catalogue.damaged', { path: backupPath, problem });
  const keptAt = keepContent(libraryPath, backupsFolder, now);
  const prepared = join(backupsFolder, `.restoring-${stampOf(now)}-${process.pid}.sqlite`);
  try {
    copyFileSync(backupPath, prepared);
    prepare(prepared, libraryPath, now);
    const source = new Database(prepared, { readonly: true });
    try {
      await source.backup(libraryPath);
    } finally {
      source.close();
    }
  } finally {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(`${prepared}${ending}`, { force: true });
  }
  return keptAt;
}

/** A backup of what is there; where that cannot be made, the damaged files as they are. */
function keepContent(libraryPath: string, backupsFolder: string, now: number): string {
  try {
    return join(backupsFolder, backUp(libraryPath, backupsFolder, now, 'before-change').name);
  } catch (error) {
    if (!isFailure(error, 'catalogue.damaged')) throw error;
    const keptAt = damagedName(libraryPath, now);
    mkdirSync(backupsFolder, { recursive: true, mode: 0o700 });
    for (const ending of ['', '-wal']) {
      if (existsSync(`${libraryPath}${ending}`))
        copyFileSync(`${libraryPath}${ending}`, `${keptAt}${ending}`);
    }
    return keptAt;
  }
}

/** The name that a damaged library is put aside under. */
export function damagedName(libraryPath: string, now: number): string {
  return `${libraryPath}.damaged-${stampOf(now)}`;
}

/** Brings a copy of the backup to the newest schema and settles what would be wrong in it today. */
function prepare(prepared: string, libraryPath: string, now: number): void {
  const last = lastNumbers(libraryPath);
  const catalogue = openCatalogue(prepared);
  try {
    catalogue.transaction(() => {
      endJobs(catalogue, now);
      // Numbers go on, so that an id that a window holds never comes back as something else.
      for (const [name, seq] of last.ids) {
        catalogue.run(
          `INSERT INTO sqlite_sequence (name, seq) SELECT @name, @seq
           WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = @name)`,
          { name, seq },
        );
        catalogue.run('UPDATE sqlite_sequence SET seq = max(seq, @seq) WHERE name = @name', { name, seq });
      }
      for (const path of last.partialFiles) {
        catalogue.run('INSERT OR IGNORE INTO partial_files (path) VALUES (@path)', { path });
      }
      renumberChanges(catalogue, last.change);
    });
    catalogue.get('PRAGMA wal_checkpoint(TRUNCATE)');
    catalogue.get('PRAGMA journal_mode = DELETE');
  } finally {
    catalogue.close();
  }
}

type Prepared = ReturnType<typeof openCatalogue>;

function endJobs(catalogue: Prepared, now: number): void {
  const failure = {
    code: 'operation.interrupted',
    details: { reason: inEnglish('the library was restored') },
  };
  catalogue.run(
    `UPDATE jobs SET state = 'interrupted', owner = NULL, ended_at = @endedAt, failure = @failure
     WHERE ended_at IS NULL`,
    { endedAt: new Date(now).toISOString(), failure: JSON.stringify(failure) },
  );
}

/**
 * Who keeps the library in memory follows the record of changes: the new one begins above a gap, which tells every reader to
 * read everything again. What the index of words has not taken in yet comes after that.
 */
function renumberChanges(catalogue: Prepared, lastChange: number | null): void {
  const own = catalogue.get<{ last: number }>(
    `SELECT max(coalesce((SELECT max(sequence) FROM image_changes), 0), (SELECT max(sequence) FROM text_index)) AS last`,
  )!.last;
  const base = (lastChange === null ? own + beyondAnyChange : Math.max(own, lastChange)) + 2;
  const behind = catalogue.column<number>(
    'SELECT DISTINCT image_id FROM image_changes WHERE sequence > (SELECT sequence FROM text_index)',
  );
  catalogue.run('DELETE FROM image_changes');
  for (const [index, id] of [0, ...behind].entries()) {
    catalogue.run('INSERT INTO image_changes (sequence, image_id) VALUES (@sequence, @id)', {
      sequence: base + index,
      id,
    });
  }
  catalogue.run('UPDATE text_index SET sequence = @sequence', { sequence: base - 1 });
}

interface LastNumbers {
  /** Null where the library cannot be read. */
  readonly change: number | null;
  readonly ids: readonly (readonly [string, number])[];
  readonly partialFiles: readonly string[];
}

function lastNumbers(libraryPath: string): LastNumbers {
  let database: Database.Database | null = null;
  try {
    database = new Database(libraryPath, { readonly: true, fileMustExist: true });
    const pluck = <T>(sql: string): T[] => database!.prepare(sql).pluck().all() as T[];
    const changes = pluck<number | null>(
      `SELECT max(coalesce((SELECT max(sequence) FROM image_changes), 0), (SELECT max(sequence) FROM text_index))`,
    );
    return {
      change: changes[0] ?? null,
      ids: database.prepare('SELECT name, seq FROM sqlite_sequence').raw().all() as [string, number][],
      partialFiles: pluck<string>('SELECT path FROM partial_files'),
    };
  } catch {
    return { change: null, ids: [], partialFiles: [] };
  } finally {
    database?.close();
  }
}
