/** Metadata for clouds that was given a name, to be used again. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 190,
  up(database) {
    database.exec(`
      CREATE TABLE metadata_presets (
        cloud TEXT NOT NULL,
        name TEXT NOT NULL,
        settings TEXT NOT NULL CHECK (json_valid(settings)),
        PRIMARY KEY (cloud, name)
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
