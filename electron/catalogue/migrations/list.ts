/** All migrations, in the order in which a database goes through them. */
import type Database from 'better-sqlite3';
import { migration as images } from './0010-images.ts';
import { migration as jobs } from './0020-jobs.ts';
import { migration as settings } from './0030-settings.ts';
import { migration as resumableJobs } from './0040-resumable-jobs.ts';
import { migration as watchedFolders } from './0100-watched-folders.ts';
import { migration as imageChanges } from './0110-image-changes.ts';
import { migration as annotations } from './0111-annotations.ts';
import { migration as jobGroups } from './0170-job-groups.ts';
import { migration as metadataPresets } from './0190-metadata-presets.ts';
import { migration as clouds } from './0210-clouds.ts';

/** One step of the schema. A step that has been released is never changed: a new one follows it. */
export interface Migration {
  /** The `user_version` of a database that has gone through it. */
  readonly version: number;
  /** Runs inside a transaction. */
  up(database: Database.Database): void;
}

export const migrations: readonly Migration[] = [
  images,
  jobs,
  settings,
  resumableJobs,
  watchedFolders,
  imageChanges,
  annotations,
  jobGroups,
  metadataPresets,
  clouds,
];
