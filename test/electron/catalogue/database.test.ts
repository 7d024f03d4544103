import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { Failure } from '#shared/failure.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { migrations } from '../../../electron/catalogue/migrations/list.ts';
import type { Migration } from '../../../electron/catalogue/migrations/migration.ts';
import { scratchFolder } from '../engine/scratch.ts';

const folder = scratchFolder();

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const notes: Migration = {
  version: 1,
  up: (database) =>
    void database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT'),
};

describe('openCatalogue', () => {
  it('makes the folder, for this person only, and the newest schema', () => {
    const path = join(folder, 'new', 'library.sqlite');
    const catalogue = openCatalogue(path);
    expect(catalogue.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    expect(catalogue.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
    expect(catalogue.get('PRAGMA synchronous')).toEqual({ synchronous: 1 });
    expect(catalogue.get('PRAGMA user_version')).toEqual({
      user_version: migrations[migrations.length - 1]!.version,
    });
    catalogue.close();
    if (process.platform !== 'win32') expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
  });

  it('has STRICT tables only', () => {
    const catalogue = openCatalogue(':memory:');
    const tables = catalogue.all<{ name: string; strict: number }>(
      `SELECT name, strict FROM pragma_table_list
       WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'`,
    );
    expect(tables.map((table) => table.name)).toEqual(expect.arrayContaining(['images', 'jobs', 'settings']));
    expect(tables.filter((table) => table.strict !== 1)).toEqual([]);
    catalogue.close();
  });

  it('keeps what is there when it is opened again', () => {
    const path = join(folder, 'again.sqlite');
    const first = openCatalogue(path, { migrations: [notes] });
    first.run('INSERT INTO notes (text) VALUES (@text)', { text: 'kept' });
    first.close();
    const second = openCatalogue(path, { migrations: [notes] });
    expect(second.all('SELECT text FROM notes')).toEqual([{ text: 'kept' }]);
    second.close();
  });

  it('runs only the migrations that a database has not gone through', () => {
    const path = join(folder, 'steps.sqlite');
    openCatalogue(path, { migrations: [notes] }).close();
    const ran: number[] = [];
    const later: Migration = { version: 2, up: () => void ran.push(2) };
    openCatalogue(path, { migrations: [{ version: 1, up: () => void ran.push(1) }, later] }).close();
    openCatalogue(path, { migrations: [notes, later] }).close();
    expect(ran).toEqual([2]);
  });

  it('takes back a migration that fails', () => {
    const path = join(folder, 'failing.sqlite');
    const broken: Migration = {
      version: 2,
      up(database) {
        database.exec('CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT');
        throw new Error('in the middle');
      },
    };
    expect(() => openCatalogue(path, { migrations: [notes, broken] })).toThrow('in the middle');
    const catalogue = openCatalogue(path, { migrations: [notes] });
    expect(catalogue.all(`SELECT name FROM sqlite_schema WHERE name = 'half'`)).toEqual([]);
    catalogue.close();
  });

  it('refuses a database of a newer Platter and leaves it as it was', () => {
    const path = join(folder, 'newer.sqlite');
    const newer = new Database(path);
    newer.exec('CREATE TABLE unheard_of (id INTEGER) STRICT');
    newer.pragma('user_version = 99990');
    newer.close();
    const before = readFileSync(path);
    const knownVersion = migrations[migrations.length - 1]!.version;
    const failure = failureOf(() => openCatalogue(path));
    expect(failure.toData()).toEqual({
      code: 'catalogue.newer',
      details: { path, version: 99990, knownVersion },
    });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  it('says what is wrong with a file that is no database', () => {
    const path = join(folder, 'text.sqlite');
    writeFileSync(path, 'this is not a database, though it is long enough to be looked at as one'.repeat(20));
    expect(failureOf(() => openCatalogue(path)).toData()).toEqual({
      code: 'catalogue.damaged',
      details: { path, problem: 'file is not a database' },
    });
  });

  it('says when there can be no folder', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const path = join(file, 'below', 'library.sqlite');
    expect(failureOf(() => openCatalogue(path)).toData()).toMatchObject({
      code: 'io.failed',
      details: { path },
    });
  });
});

describe('Catalogue', () => {
  it('logs slow queries and only those', () => {
    const lines: string[] = [];
    let time = 0;
    let step = 0;
    const catalogue = openCatalogue(':memory:', {
      log: (line) => lines.push(line),
      now: () => (time += step),
      migrations: [notes],
    });
    step = 50;
    catalogue.all('SELECT text FROM notes');
    expect(lines).toEqual([]);
    step = 51;
    catalogue.all('SELECT text\n  FROM notes');
    catalogue.run('INSERT INTO notes (text) VALUES (@text)', { text: 'private' });
    expect(lines).toEqual([
      'slow query, 51 ms: SELECT text FROM notes',
      'slow query, 51 ms: INSERT INTO notes (text) VALUES (@text)',
    ]);
    catalogue.close();
  });

  it('takes back all writes of a transaction that fails', () => {
    const catalogue = openCatalogue(':memory:', { migrations: [notes] });
    expect(() =>
      catalogue.transaction(() => {
        catalogue.run('INSERT INTO notes (text) VALUES (@text)', { text: 'lost' });
        throw new Failure('input.invalid', { problem: 'no' });
      }),
    ).toThrow('input.invalid');
    expect(catalogue.all('SELECT text FROM notes')).toEqual([]);
    catalogue.close();
  });

  it('waits for the disk where it is asked to, and only there', () => {
    const catalogue = openCatalogue(join(folder, 'durable.sqlite'), { migrations: [notes] });
    const level = (): unknown => catalogue.get('PRAGMA synchronous');
    const within = catalogue.durably(() => {
      catalogue.run('INSERT INTO notes (text) VALUES (@text)', { text: 'kept' });
      return level();
    });
    expect(within).toEqual({ synchronous: 2 });
    expect(() =>
      catalogue.durably(() => {
        catalogue.run('INSERT INTO notes (text) VALUES (@text)', { text: 'lost' });
        throw new Failure('input.invalid', { problem: 'no' });
      }),
    ).toThrow('input.invalid');
    expect(level()).toEqual({ synchronous: 1 });
    expect(catalogue.all('SELECT text FROM notes')).toEqual([{ text: 'kept' }]);
    catalogue.close();
  });

  it('turns an error of SQLite into a failure', () => {
    const catalogue = openCatalogue(':memory:', { migrations: [notes] });
    const failure = failureOf(() => catalogue.run('INSERT INTO notes (text) VALUES (@text)', { text: null }));
    expect(failure.toData()).toEqual({
      code: 'io.failed',
      details: { path: ':memory:', reason: 'SQLITE_CONSTRAINT_NOTNULL' },
    });
    catalogue.close();
  });

  it('sees what another process has written', () => {
    const path = join(folder, 'shared.sqlite');
    const [one, other] = [
      openCatalogue(path, { migrations: [notes] }),
      openCatalogue(path, { migrations: [notes] }),
    ];
    one.run('INSERT INTO notes (text) VALUES (@text)', { text: 'hello' });
    expect(other.all('SELECT text FROM notes')).toEqual([{ text: 'hello' }]);
    one.close();
    other.close();
  });
});
