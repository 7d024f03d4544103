/** Jobs whose end somebody wants to be told of. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 310,
  up(database) {
    database.exec('ALTER TABLE jobs ADD COLUMN notify INTEGER NOT NULL DEFAULT 0 CHECK (notify IN (0, 1))');
  },
};
