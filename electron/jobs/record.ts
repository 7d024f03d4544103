/** Runs a job's operation with a record of every partial file, made before the file is, and of what is durable of it. */
import { goesOn, type Job, type JobProgress } from '#shared/domain/job.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import { appendToJournal, dropJournal, readJournal } from '../catalogue/job-journals.ts';
import { noteOnJob } from '../catalogue/jobs.ts';
import { clearPartialFile, recordPartialFile } from '../catalogue/partial-files.ts';
import type { Thread } from './pool.ts';
import { perform, type Performed } from './work.ts';

export interface Recording {
  readonly catalogue: Catalogue;
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
  { catalogue, log, progress, changed }: Recording,
): Promise<Performed> {
  // These run while the operation waits: an error must not end the process, nor the operation.
  const attempt = (what: string, record: () => void): void => {
    try {
      record();
    } catch (error) {
      log(`${what} of job ${id} could not be put on record: ${String(error)}`);
    }
  };
  return thread.run((client) => perform(client, work), {
    limits,
    ...(goesOn(work) ? { journal: readJournal(catalogue, id) } : {}),
    listeners: {
      partialCreated: (path) =>
        attempt('a partial file', () => catalogue.durably(() => recordPartialFile(catalogue, id, path))),
      partialGone: (path) => attempt('a partial file', () => clearPartialFile(catalogue, path)),
      // Not durably: a record that a power cut takes back is one that the next run writes again.
      recorded: (record) => attempt('progress', () => appendToJournal(catalogue, id, record, progress())),
      journalCleared: () => attempt('the end', () => dropJournal(catalogue, id)),
      noted: (note) =>
        attempt('a note', () => {
          const job = noteOnJob(catalogue, id, note);
          if (job) changed(job);
        }),
    },
  });
}
