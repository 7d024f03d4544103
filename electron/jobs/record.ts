/** Runs a job's operation with a record of every partial file, made before the file is, and of what is durable of it. */
import type { CloudObject } from '#shared/domain/cloud-image.ts';
import { goesOn, type Job, type JobProgress } from '#shared/domain/job.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import { appendToJournal, dropJournal, readJournal } from '../catalogue/job-journals.ts';
import { noteOnJob } from '../catalogue/jobs.ts';
import { letGoOfCloudObjects, recordCloudObject } from '../catalogue/cloud-objects.ts';
import { clearPartialFile, recordPartialFile } from '../catalogue/partial-files.ts';
import type { Thread } from './pool.ts';
import { perform, type AccessTo, type Performed } from './work.ts';

export interface Recording {
  readonly catalogue: Catalogue;
  /** This process, as the owner of what it makes. */
  readonly owner: string;
  readonly accessTo: AccessTo;
  readonly log: Log;
  /** How far the job is now. */
  progress(): JobProgress | null;
  /** Something new is told of the job. */
  changed(job: Job): void;
}

/** @throws Failure of the operation; `operation.interrupted` when the thread dies. */
export function performOnRecord(
  thread: Thread,
  { id, work, limits }: Job,
  { catalogue, owner, accessTo, log, progress, changed }: Recording,
): Promise<Performed> {
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
    ...(goesOn(work) ? { journal: readJournal(catalogue, id) } : {}),
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
