/** Queries about the journals of jobs: what is durable of an output, in records that only the engine reads. */
import type { JobProgress } from '#shared/domain/job.ts';
import type { Catalogue } from './database.ts';

/** Adds a record to the end of a job's journal; `progress` is how far the job was then. */
export function appendToJournal(
  catalogue: Catalogue,
  jobId: number,
  record: Uint8Array,
  progress: JobProgress | null,
): void {
  catalogue.transaction(() => {
    catalogue.run(
      `INSERT INTO job_journals (job_id, sequence, record)
       SELECT @jobId, coalesce(max(sequence), 0) + 1, @record FROM job_journals WHERE job_id = @jobId`,
      { jobId, record },
    );
    saveProgress(catalogue, jobId, progress);
  });
}

/** Remembers how far a job is, for when it does not run. */
export function saveProgress(catalogue: Catalogue, jobId: number, progress: JobProgress | null): void {
  if (progress === null) return;
  catalogue.run('UPDATE jobs SET progress = @progress WHERE id = @jobId', {
    jobId,
    progress: JSON.stringify(progress),
  });
}

/** The records of a job's journal, the oldest first. */
export function readJournal(catalogue: Catalogue, jobId: number): Uint8Array[] {
  return catalogue
    .all<{ record: Uint8Array }>('SELECT record FROM job_journals WHERE job_id = @jobId ORDER BY sequence', {
      jobId,
    })
    .map(({ record }) => record);
}

/** Whether anything of a job's output is on record as durable. */
export function hasJournal(catalogue: Catalogue, jobId: number): boolean {
  const row = catalogue.get<object>('SELECT 1 FROM job_journals WHERE job_id = @jobId LIMIT 1', { jobId });
  return row !== undefined;
}

/** Forgets what is durable of a job's output: it is complete, or gone. */
export function dropJournal(catalogue: Catalogue, jobId: number): void {
  catalogue.run('DELETE FROM job_journals WHERE job_id = @jobId', { jobId });
  catalogue.run('UPDATE jobs SET progress = NULL WHERE id = @jobId', { jobId });
}
