/** The jobs, and the files that a job must not leave behind. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 20,
  up(database) {
    // A partial file outlives its job's row: while it could not be removed, it must not be forgotten.
    database.exec(`
      CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
        owner TEXT,
        work TEXT NOT NULL CHECK (json_valid(work)),
        outcome TEXT CHECK (json_valid(outcome)),
        failure TEXT CHECK (json_valid(failure)),
        created_at TEXT NOT NULL,
        started_at TEXT,
        ended_at TEXT,
        CHECK ((state IN ('queued', 'running')) = (owner IS NOT NULL)),
        CHECK ((state IN ('queued', 'running')) = (ended_at IS NULL))
      ) STRICT;
      CREATE INDEX jobs_by_state ON jobs (state, owner, id);
      CREATE TABLE partial_files (
        path TEXT NOT NULL PRIMARY KEY,
        job_id INTEGER REFERENCES jobs (id) ON DELETE SET NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX partial_files_by_job ON partial_files (job_id);
    `);
  },
};
