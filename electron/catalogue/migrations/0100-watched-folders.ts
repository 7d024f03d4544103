/** Watched folders, what was seen in them, and what an entry's file is known by when it moves. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 100,
  up(database) {
    database.exec(`
      CREATE TABLE watched_folders (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path TEXT NOT NULL UNIQUE,
        added_at TEXT NOT NULL,
        scanned_at TEXT,
        failure TEXT CHECK (json_valid(failure))
      ) STRICT;
      CREATE TABLE seen_folders (
        path TEXT NOT NULL PRIMARY KEY,
        parent TEXT,
        failure TEXT CHECK (json_valid(failure))
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX seen_folders_by_parent ON seen_folders (parent);
      CREATE TABLE seen_files (
        folder TEXT NOT NULL,
        name TEXT NOT NULL,
        device TEXT NOT NULL,
        inode TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        modified_milliseconds REAL NOT NULL,
        recogniser INTEGER NOT NULL,
        ignored INTEGER NOT NULL DEFAULT 0 CHECK (ignored IN (0, 1)),
        failure TEXT CHECK (json_valid(failure)),
        PRIMARY KEY (folder, name)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX seen_files_that_failed ON seen_files (folder) WHERE failure IS NOT NULL;
      ALTER TABLE images ADD COLUMN device TEXT;
      ALTER TABLE images ADD COLUMN inode TEXT;
      ALTER TABLE images ADD COLUMN born TEXT;
      ALTER TABLE images ADD COLUMN fingerprint TEXT CHECK (length(fingerprint) = 64);
      CREATE INDEX images_by_inode ON images (inode, device) WHERE inode IS NOT NULL;
      CREATE INDEX images_by_fingerprint ON images (fingerprint, missing) WHERE fingerprint IS NOT NULL;
    `);
  },
};
