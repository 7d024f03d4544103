/** Runs a job's operation with a record of every partial file, made before the file is, and of what is durable of it. */
import type { CloudObject, CloudPermission } from '#shared/domain/cloud-image.ts';
import { keepsJournal, type Job, type JobProgress, type JobRequest } from '#shared/domain/job.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import { appendToJournal, dropJournal, readJournal } from '../catalogue/job-journals.ts';
import { noteOnJob } from '../catalogue/jobs.ts';
import { letGoOfCloudObjects, recordCloudObject } from '../catalogue/cloud-objects.ts';
import { clearPartialFile, recordPartialFile } from '../catalogue/partial-files.ts';
import type { RunOptions } from '../worker/client.ts';
import type { Thread } from './pool.ts';
import { perform, type AccessTo, type Performed } from './work.ts';

export interface Recording {
  readonly catalogue: Catalogue;
  /** This process, as the owner of what it makes. */
  readonly owner: string;
  readonly accessTo: AccessTo;
  readonly log: Log;
  /** What an earlier run of the job kept to go on with; null for nothing. */
  permission(): CloudPermission | null;
  /** Null: forgets it. */
  keepPermission(permission: CloudPermission | null): void;
  /** How far the job is now. */
  progress(): JobProgress | null;
  /** Something new is told of the job. */
  changed(job: Job): void;
}

/** @throws Failure of the operation; `operation.interrupted` when the thread dies. */
export function performOnRecord(
  thread: Thread,
  { id, work, limits }: Job,
  recording: Recording,
): Promise<Performed> {
  const { catalogue, owner, accessTo, log, progress, changed } = recording;
  // These run while the operation waits: an error must not end the process, nor the operation.
  const attempt = (what: string, record: () => void): void => {
    try {
      record();
    } catch (error) {
      log(`${what} of job ${id} could not be put on record: ${String(error)}`);
    }
  };
  const inClouds: CloudObject[] = [];
  const run = thread.run((client) => perform(client, work, accessTo), {
    limits,
    ...(keepsJournal(work) ? earlierRunsOf(id, work, recording) : {}),
    listeners: {
      partialCreated: (path) =>
        attempt('a partial file', () => catalogue.durably(() => recordPartialFile(catalogue, id, path))),
      partialGone: (path) => attempt('a partial file', () => clearPartialFile(catalogue, path)),
      // Not durably: a record that a power cut takes back is one that the next run writes again.
      recorded: (record) => attempt('progress', () => appendToJournal(catalogue, id, record, progress())),
      cloudObject(change) {
        inClouds.push(change.object);
        const time = new Date().toISOString();
        attempt('what it makes in a cloud', () =>
          catalogue.durably(() => recordCloudObject(catalogue, change, owner, time)),
        );
      },
      permissionKept: (permission) => attempt('how it goes on', () => recording.keepPermission(permission)),
      journalCleared: () => attempt('the end', () => dropJournal(catalogue, id)),
      noted: (note) =>
        attempt('a note', () => {
          const job = noteOnJob(catalogue, id, note);
          if (job) changed(job);
        }),
    },
  });
  return run.finally(() =>
    attempt('what it left in a cloud', () => letGoOfCloudObjects(catalogue, inClouds)),
  );
}

/** What earlier runs left to go on with. A keychain that does not open costs the work that was done, not the job. */
function earlierRunsOf(
  id: number,
  { kind }: JobRequest,
  { catalogue, permission, log }: Recording,
): Pick<RunOptions, 'journal' | 'permission'> {
  const journal = readJournal(catalogue, id);
  if (kind !== 'upload') return { journal };
  if (journal.length === 0) return { journal, permission: null };
  try {
    return { journal, permission: permission() };
  } catch (error) {
    log(`what job ${id} kept to go on with could not be read: ${String(error)}`);
    return { journal };
  }
}
