/** What is missing in a folder is counted whenever folders are shown, also of a hundred thousand entries. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 330,
  up(database) {
    database.exec('CREATE INDEX images_missing ON images (path) WHERE missing = 1');
  },
};
