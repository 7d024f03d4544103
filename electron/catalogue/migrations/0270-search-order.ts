/** The order that a person gives to saved searches; those that there are begin in the order of their names. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 270,
  up(database) {
    database.exec(`
      ALTER TABLE saved_searches ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
      UPDATE saved_searches SET position =
        (SELECT count(*) FROM saved_searches AS before WHERE before.name COLLATE NOCASE < saved_searches.name);
    `);
  },
};
