/** What files say of each other, by path, so that it holds whatever comes first; and a note of whose parts came or went. */
import type { Migration } from './migration.ts';

/** The path of a row of `seen_files`, in both spellings: which one it is, the system knows that looked. */
const pathsOf = (row: 'new' | 'old'): string =>
  `(rtrim(${row}.folder, '/') || '/' || ${row}.name, rtrim(${row}.folder, '\\') || '\\' || ${row}.name)`;

/** Entries whose parts, or pieces, are the file of that row. */
const concerned = (row: 'new' | 'old'): string => `
  INSERT INTO image_changes (image_id)
    SELECT images.id FROM file_references AS said JOIN images ON images.path = said.path
    WHERE said.target IN ${pathsOf(row)};
  INSERT INTO image_changes (image_id)
    SELECT images.id FROM file_references AS said
    JOIN file_identities AS named ON named.identity = said.target JOIN images ON images.path = named.path
    WHERE said.path IN ${pathsOf(row)};`;

export const migration: Migration = {
  version: 220,
  up(database) {
    database.exec(`
      CREATE TABLE file_references (
        path TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        role TEXT NOT NULL,
        name TEXT NOT NULL,
        -- An absolute path, or an identity; none for what is no file here.
        target TEXT,
        required INTEGER NOT NULL CHECK (required IN (0, 1)),
        -- Whether it was there when looked at; none where nobody looked.
        found INTEGER CHECK (found IN (0, 1)),
        PRIMARY KEY (path, ordinal)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX file_references_by_target ON file_references (target) WHERE target IS NOT NULL;
      CREATE TABLE file_identities (
        path TEXT NOT NULL,
        identity TEXT NOT NULL,
        PRIMARY KEY (path, identity)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX file_identities_by_identity ON file_identities (identity);
      CREATE TRIGGER parts_came AFTER INSERT ON seen_files BEGIN ${concerned('new')} END;
      CREATE TRIGGER parts_went AFTER DELETE ON seen_files BEGIN ${concerned('old')} END;
      CREATE TRIGGER pieces_came AFTER INSERT ON file_references BEGIN
        INSERT INTO image_changes (image_id)
          SELECT images.id FROM file_identities AS named JOIN images ON images.path = named.path
          WHERE named.identity = new.target;
      END;
    `);
  },
};
