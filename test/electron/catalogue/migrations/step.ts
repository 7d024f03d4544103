/** A database that has gone through the migrations up to one of them, for that one's test. */
import Database from 'better-sqlite3';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';

export function databaseAt(version: number): Database.Database {
  const database = new Database(':memory:');
  database.pragma('foreign_keys = ON');
  for (const migration of migrations) if (migration.version <= version) migration.up(database);
  return database;
}

/** The names of a table's columns. */
export function columnsOf(database: Database.Database, table: string): string[] {
  return database
    .prepare<[string], { name: string }>('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map((column) => column.name);
}
