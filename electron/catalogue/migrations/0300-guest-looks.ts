/** Which files somebody has looked into for the system on them, and how they were then. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 300,
  up(database) {
    database.exec(`
      CREATE TABLE guest_looks (
        image_id INTEGER PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
        modified_milliseconds REAL NOT NULL
      ) STRICT;
    `);
  },
};
