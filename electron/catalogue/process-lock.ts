/** Tells whether the process that owns a job still lives: it holds a lock that the system takes back when it ends. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Failure, systemFailure } from '#shared/failure.ts';

/** This process as the owner of jobs. */
export interface ProcessLock {
  /** Process number and a random part: no other process, now or later, has the same. */
  readonly id: string;
  /** Whether the process with that id still runs. When in doubt it does: its files are then left alone. */
  isAlive(id: string): boolean;
  release(): void;
}

const idPattern = /^[0-9]+-[0-9a-f]{16}$/;

/**
 * Takes a lock for this process in `folder`. SQLite's file locks serve for it, since Node has none of its own: an open
 * exclusive transaction on an empty database. Unlike a process number, it cannot be mistaken for a later process.
 * @throws Failure `io.*`
 */
export function takeProcessLock(folder: string): ProcessLock {
  const id = `${process.pid}-${randomBytes(8).toString('hex')}`;
  const path = pathOf(folder, id);
  const held = lock(folder, path);
  return {
    id,
    isAlive: (other) => other === id || isLocked(folder, other),
    release() {
      held.close();
      rmSync(path, { force: true });
    },
  };
}

/** The processes that hold a lock in `folder`. */
export function livingOthers(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.lock'))
    .map((name) => name.slice(0, -'.lock'.length))
    .filter((id) => isLocked(folder, id));
}

function pathOf(folder: string, id: string): string {
  return join(folder, `${id}.lock`);
}

function lock(folder: string, path: string): Database.Database {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const database = new Database(path, { timeout: 0 });
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    throw code.startsWith('SQLITE_CANTOPEN')
      ? new Failure('io.denied', { path }, error)
      : systemFailure(error, path);
  }
}

function isLocked(folder: string, id: string): boolean {
  if (!idPattern.test(id)) return false;
  const path = pathOf(folder, id);
  if (!existsSync(path)) return false;
  let database: Database.Database | null = null;
  try {
    database = new Database(path, { timeout: 0, fileMustExist: true, readonly: true });
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch {
    return true;
  } finally {
    database?.close();
  }
  rmSync(path, { force: true });
  return false;
}
