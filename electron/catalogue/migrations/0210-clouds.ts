/** Accounts at clouds, without any secret, and the record of what was made with them. */
import type { Migration } from './migration.ts';

export const migration: Migration = {
  version: 210,
  up(database) {
    database.exec(`
      CREATE TABLE cloud_accounts (
        name TEXT NOT NULL PRIMARY KEY,
        cloud TEXT NOT NULL,
        -- Either what was typed in, or the file that says it, and the cloud's name in there.
        settings TEXT CHECK (json_valid(settings)),
        file TEXT,
        entry TEXT,
        CHECK ((settings IS NULL) != (file IS NULL))
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE cloud_objects (
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
        -- The process that is at it; none once its work is over.
        owner TEXT,
        created_at TEXT NOT NULL,
        PRIMARY KEY (account, kind, id)
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
