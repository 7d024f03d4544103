/** Jobs that pause and go on: what they may take, how far they are, and the journal of what is durable. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 40,
  up(database) {
    // A CHECK can only be changed by a new table; the files on record refer to the old one, and must not lose their job.
    const { seq = 0 } =
      database.prepare<[], { seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'jobs'`).get() ??
      {};
    database.exec(`
      CREATE TEMP TABLE files_kept AS SELECT path, job_id FROM partial_files;
      DROP TABLE partial_files;
      ALTER TABLE jobs RENAME TO jobs_before;
      DROP INDEX jobs_by_state;
      CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        state TEXT NOT NULL
          CHECK (state IN ('queued', 'running', 'paused', 'done', 'failed', 'cancelled', 'interrupted')),
        owner TEXT,
        work TEXT NOT NULL CHECK (json_valid(work)),
        outcome TEXT CHECK (json_valid(outcome)),
        failure TEXT CHECK (json_valid(failure)),
        limits TEXT NOT NULL CHECK (json_valid(limits)),
        notes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(notes)),
        progress TEXT CHECK (json_valid(progress)),
        created_at TEXT NOT NULL,
        started_at TEXT,
        ended_at TEXT,
        CHECK (state NOT IN ('queued', 'running') OR owner IS NOT NULL),
        CHECK (state IN ('queued', 'running', 'paused') OR owner IS NULL),
        CHECK ((state IN ('queued', 'running', 'paused')) = (ended_at IS NULL))
      ) STRICT;
      CREATE INDEX jobs_by_state ON jobs (state, owner, id);
      INSERT INTO jobs (id, title, state, owner, work, outcome, failure, limits, created_at, started_at, ended_at)
        SELECT id, title, state, owner, work, outcome, failure,
          '{"bytesPerSecond":null,"workers":null,"lowPriority":false}', created_at, started_at, ended_at
        FROM jobs_before;
      DROP TABLE jobs_before;
      CREATE TABLE partial_files (
        path TEXT NOT NULL PRIMARY KEY,
        job_id INTEGER REFERENCES jobs (id) ON DELETE SET NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX partial_files_by_job ON partial_files (job_id);
      INSERT INTO partial_files SELECT path, job_id FROM files_kept;
      DROP TABLE files_kept;
      CREATE TABLE job_journals (
        job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        sequence INTEGER NOT NULL,
        record BLOB NOT NULL,
        PRIMARY KEY (job_id, sequence)
      ) STRICT, WITHOUT ROWID;
    `);
    // Ids of jobs that were forgotten do not come back either.
    database.prepare(`DELETE FROM sqlite_sequence WHERE name IN ('jobs', 'jobs_before')`).run();
    database.prepare(`INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', ?)`).run(seq);
  },
};
