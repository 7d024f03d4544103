/** The catalogue's database: opened, brought up to date, and asked with a watch on how long each answer takes. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import Database from 'better-sqlite3';
import { Failure } from '#shared/failure.ts';
import { migrations as knownMigrations } from './migrations/list.ts';
import type { Migration } from './migrations/migration.ts';

/** Where a line for the person who looks into a problem goes. */
export type Log = (line: string) => void;

export type SqlValue = string | number | Uint8Array | null;
export type SqlValues = Readonly<Record<string, SqlValue>>;

export interface CatalogueOptions {
  readonly log?: Log;
  /** Milliseconds from any fixed moment. */
  readonly now?: () => number;
  readonly migrations?: readonly Migration[];
}

/** An answer that takes longer blocks the main thread so that a person can see it. */
const slowMilliseconds = 50;
/** How long to wait for another process's transaction; all of ours are short. */
const busyTimeoutMilliseconds = 3000;
const statementCacheLimit = 200;

/**
 * Opens the database at `path` (or `:memory:`), making it and its folder when they are not there.
 * @throws Failure `catalogue.newer` when a newer Platter wrote it; `io.*` when the system refuses.
 */
export function openCatalogue(path: string, options: CatalogueOptions = {}): Catalogue {
  const migrations = options.migrations ?? knownMigrations;
  let database: Database.Database | null = null;
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    database = new Database(path, { timeout: busyTimeoutMilliseconds });
    refuseNewer(database, path, migrations);
    database.pragma('journal_mode = WAL');
    // No write waits for the disk, which a conversion may keep busy for seconds, but for those of durably().
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    database.pragma('trusted_schema = OFF');
    migrate(database, path, migrations);
    return new Catalogue(database, path, options);
  } catch (error) {
    database?.close();
    throw catalogueFailure(error, path);
  }
}

/** The open database. Values are given by name: `@name` in the SQL. */
export class Catalogue {
  readonly path: string;
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement<[SqlValues], unknown>>();
  readonly #log: Log;
  readonly #now: () => number;

  constructor(database: Database.Database, path: string, options: CatalogueOptions) {
    this.#database = database;
    this.path = path;
    this.#log = options.log ?? (() => {});
    this.#now = options.now ?? (() => performance.now());
  }

  /** All rows of a query. */
  all<Row>(sql: string, values: SqlValues = {}): Row[] {
    return this.#timed(sql, () => this.#statement(sql).all(values) as Row[]);
  }

  /** All rows of a query, each as a list of its columns: for many rows, at half the cost. */
  rows<Row extends readonly unknown[]>(sql: string, values: SqlValues = {}): Row[] {
    return this.#timed(sql, () => this.#statement(sql, 'rows').all(values) as Row[]);
  }

  /** The one column of all rows of a query. */
  column<Value>(sql: string, values: SqlValues = {}): Value[] {
    return this.#timed(sql, () => this.#statement(sql, 'column').all(values) as Value[]);
  }

  /** The first row of a query. */
  get<Row>(sql: string, values: SqlValues = {}): Row | undefined {
    return this.#timed(sql, () => this.#statement(sql).get(values) as Row | undefined);
  }

  /** Carries out a statement and tells how many rows it changed. */
  run(sql: string, values: SqlValues = {}): { readonly changes: number } {
    return this.#timed(sql, () => ({ changes: this.#statement(sql).run(values).changes }));
  }

  /** Runs `work` so that all of its writes happen or none; inside another transaction it is part of that one. */
  transaction<T>(work: () => T): T {
    return this.#timed('transaction', () => this.#database.transaction(work).immediate());
  }

  /** Runs `work` as a transaction that even a power cut does not take back. Not inside another transaction. */
  durably<T>(work: () => T): T {
    this.#database.pragma('synchronous = FULL');
    try {
      return this.transaction(work);
    } finally {
      this.#database.pragma('synchronous = NORMAL');
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #statement(
    sql: string,
    gives: 'objects' | 'rows' | 'column' = 'objects',
  ): Database.Statement<[SqlValues], unknown> {
    const key = `${gives} ${sql}`;
    const known = this.#statements.get(key);
    if (known) return known;
    const statement = this.#database.prepare<[SqlValues], unknown>(sql);
    if (gives === 'rows') statement.raw();
    else if (gives === 'column') statement.pluck();
    if (this.#statements.size >= statementCacheLimit) this.#statements.clear();
    this.#statements.set(key, statement);
    return statement;
  }

  #timed<T>(sql: string, work: () => T): T {
    const before = this.#now();
    try {
      return work();
    } catch (error) {
      throw catalogueFailure(error, this.path);
    } finally {
      const milliseconds = this.#now() - before;
      if (milliseconds > slowMilliseconds) {
        this.#log(`slow query, ${Math.round(milliseconds)} ms: ${sql.replace(/\s+/g, ' ').trim()}`);
      }
    }
  }
}

function versionOf(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

function refuseNewer(database: Database.Database, path: string, migrations: readonly Migration[]): void {
  const version = versionOf(database);
  const knownVersion = migrations[migrations.length - 1]?.version ?? 0;
  if (version > knownVersion) throw new Failure('catalogue.newer', { path, version, knownVersion });
}

/** Each migration is a transaction of its own; the version is read inside it, since another process may be at it too. */
function migrate(database: Database.Database, path: string, migrations: readonly Migration[]): void {
  for (const migration of migrations) {
    database
      .transaction(() => {
        refuseNewer(database, path, migrations);
        if (versionOf(database) >= migration.version) return;
        migration.up(database);
        database.pragma(`user_version = ${migration.version}`);
      })
      .immediate();
  }
}

/** SQLite's own word for a refusal, as a Failure; other errors pass. */
function catalogueFailure(error: unknown, path: string): unknown {
  if (error instanceof Failure) return error;
  const reason = (error as { code?: unknown } | null)?.code;
  if (typeof reason !== 'string') return error;
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(reason)) {
    return new Failure('catalogue.damaged', { path, problem: (error as Error).message }, error);
  }
  if (reason === 'SQLITE_FULL' || reason === 'ENOSPC') return new Failure('io.no-space', { path }, error);
  if (/^(SQLITE_(READONLY|PERM|AUTH|CANTOPEN)|EACCES|EPERM|EROFS)/.test(reason)) {
    return new Failure('io.denied', { path }, error);
  }
  return new Failure('io.failed', { path, reason }, error);
}
