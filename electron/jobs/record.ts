/** Runs a job's operation with a record of every partial file, made before the file is. */
import type { Job } from '#shared/domain/job.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import { clearPartialFile, recordPartialFile } from '../catalogue/jobs.ts';
import type { Thread } from './pool.ts';
import { perform, type Performed } from './work.ts';

/** @throws Failure of the operation; `operation.interrupted` when the thread dies. */
export function performOnRecord(
  thread: Thread,
  { id, work }: Job,
  catalogue: Catalogue,
  log: Log,
): Promise<Performed> {
  // These run while the operation waits: an error must not end the process, nor the operation.
  const attempt = (record: () => void): void => {
    try {
      record();
    } catch (error) {
      log(`a partial file of job ${id} could not be put on record: ${String(error)}`);
    }
  };
  return thread.run((client) => perform(client, work), {
    partialCreated: (path) => attempt(() => catalogue.durably(() => recordPartialFile(catalogue, id, path))),
    partialGone: (path) => attempt(() => clearPartialFile(catalogue, path)),
  });
}
