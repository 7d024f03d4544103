/** Files that are alike are found by their time of change, too: thousands of disks may have the same samples. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 320,
  up(database) {
    database.exec(`
      DROP INDEX images_by_fingerprint;
      CREATE INDEX images_by_fingerprint ON images (fingerprint, modified_milliseconds) WHERE fingerprint IS NOT NULL;
    `);
  },
};
