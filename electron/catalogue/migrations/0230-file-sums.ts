/** What checksum files and signatures say of files beside them, and what came of checking. */
import type { Migration } from './migration.ts';

const noted = (table: string, event: 'INSERT' | 'DELETE' | 'UPDATE', row: 'new' | 'old'): string => `
  CREATE TRIGGER ${table}_${event.toLowerCase()} AFTER ${event} ON ${table} BEGIN
    INSERT INTO image_changes (image_id) SELECT id FROM images WHERE path = ${row}.target;
  END;`;

export const migration: Migration = {
  version: 230,
  up(database) {
    database.exec(`
      CREATE TABLE file_sums (
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        algorithm TEXT NOT NULL,
        -- None for a signature.
        expected TEXT,
        PRIMARY KEY (source, target, algorithm)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX file_sums_by_target ON file_sums (target);
      CREATE TABLE sum_checks (
        target TEXT NOT NULL,
        algorithm TEXT NOT NULL,
        actual TEXT NOT NULL,
        checked_at TEXT NOT NULL,
        -- Of the file that was checked: for another one it says nothing.
        size_bytes INTEGER NOT NULL,
        modified_milliseconds REAL NOT NULL,
        PRIMARY KEY (target, algorithm)
      ) STRICT, WITHOUT ROWID;
      ${noted('file_sums', 'INSERT', 'new')}
      ${noted('file_sums', 'DELETE', 'old')}
      ${noted('sum_checks', 'INSERT', 'new')}
      ${noted('sum_checks', 'UPDATE', 'new')}
      CREATE TRIGGER sums_went AFTER DELETE ON seen_files BEGIN
        DELETE FROM file_sums WHERE source IN
          (rtrim(old.folder, '/') || '/' || old.name, rtrim(old.folder, '\\') || '\\' || old.name);
      END;
    `);
  },
};
