/** The images and packages of the library. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 10,
  up(database) {
    // AUTOINCREMENT: a window may still hold the id of an entry that is gone, so no id comes back as another entry.
    database.exec(`
      CREATE TABLE images (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        format TEXT NOT NULL,
        variant TEXT,
        virtual_size_bytes INTEGER CHECK (virtual_size_bytes >= 0),
        file_size_bytes INTEGER NOT NULL CHECK (file_size_bytes >= 0),
        allocated_bytes INTEGER NOT NULL CHECK (allocated_bytes >= 0),
        modified_milliseconds REAL,
        sha256 TEXT CHECK (length(sha256) = 64),
        origin TEXT CHECK (json_valid(origin)),
        added_at TEXT NOT NULL,
        missing INTEGER NOT NULL DEFAULT 0 CHECK (missing IN (0, 1))
      ) STRICT;
      CREATE INDEX images_by_addition ON images (added_at, id);
    `);
  },
};
