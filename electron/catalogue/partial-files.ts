/** Queries about the partial files that jobs may leave behind. */
import type { Catalogue } from './database.ts';

/** Puts a partial file on record before it is created. */
export function recordPartialFile(catalogue: Catalogue, jobId: number, path: string): void {
  catalogue.run('INSERT OR REPLACE INTO partial_files (path, job_id) VALUES (@path, @jobId)', {
    jobId,
    path,
  });
}

/** Takes a partial file off the record: it got its final name, or is gone. */
export function clearPartialFile(catalogue: Catalogue, path: string): void {
  catalogue.run('DELETE FROM partial_files WHERE path = @path', { path });
}

/** The partial files on record for one job. */
export function listPartialFiles(catalogue: Catalogue, jobId: number): string[] {
  return catalogue
    .all<{ path: string }>('SELECT path FROM partial_files WHERE job_id = @jobId', { jobId })
    .map((row) => row.path);
}

/** The partial files of jobs that have ended and cannot go on. */
export function listAbandonedPartialFiles(catalogue: Catalogue): string[] {
  return catalogue
    .all<{ path: string }>(
      `SELECT path FROM partial_files LEFT JOIN jobs ON jobs.id = partial_files.job_id
       WHERE jobs.id IS NULL OR jobs.ended_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM job_journals WHERE job_id = jobs.id)`,
    )
    .map((row) => row.path);
}
