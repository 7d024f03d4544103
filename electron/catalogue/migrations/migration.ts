/** What a step of the schema is: each has a file of its own, and all of them a list. */
import type Database from 'better-sqlite3';

/** One step of the schema. A step that has been released is never changed: a new one follows it. */
export interface Migration {
  /** The `user_version` of a database that has gone through it. */
  readonly version: number;
  /** Runs inside a transaction. */
  up(database: Database.Database): void;
}
