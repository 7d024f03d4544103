/** What the library keeps in memory, as it last was: to read that takes a third of reading all entries. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 340,
  up(database) {
    database.exec(`
      CREATE TABLE kept_index (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        -- How data is to be read: other versions keep other things.
        format INTEGER NOT NULL,
        -- The last change of image_changes that is in it.
        sequence INTEGER NOT NULL,
        data BLOB NOT NULL
      ) STRICT;
    `);
  },
};
