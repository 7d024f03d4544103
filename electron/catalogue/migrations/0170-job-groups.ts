/** Jobs that were started together, and the order in which jobs wait. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 170,
  up(database) {
    // A place is the id of a job: waiting jobs exchange theirs, and a new one comes behind all of them.
    database.exec(`
      CREATE TABLE job_groups (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL
      ) STRICT;
      ALTER TABLE jobs ADD COLUMN group_id INTEGER REFERENCES job_groups (id);
      ALTER TABLE jobs ADD COLUMN place INTEGER;
      CREATE INDEX jobs_by_group ON jobs (group_id);
    `);
  },
};
