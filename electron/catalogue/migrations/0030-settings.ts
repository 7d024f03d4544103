/** What a person has chosen, by name. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 30,
  up(database) {
    database.exec(`
      CREATE TABLE settings (
        name TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL CHECK (json_valid(value))
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
