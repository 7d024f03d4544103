/** What becomes of the jobs of processes that have ended. */
import type { Job } from '#shared/domain/job.ts';
import type { FailureData } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { listJobOwners, settleJobsOf } from '../catalogue/jobs.ts';
import type { ProcessLock } from '../catalogue/process-lock.ts';

/** A process that runs jobs, and knows of others whether they still do. */
export type Owner = Pick<ProcessLock, 'id' | 'isAlive'>;

const failure: FailureData = {
  code: 'operation.interrupted',
  details: { reason: inEnglish('the process that ran the job ended') },
};

/**
 * Interrupts the running jobs of processes that have ended, lets go of the paused ones, and gives their queued ones to `heir`. The jobs of a living
 * process are left alone. Returns the jobs that changed. `endedAt` is ISO 8601.
 */
export function settleAbandonedJobs(catalogue: Catalogue, heir: Owner, endedAt: string): Job[] {
  return listJobOwners(catalogue)
    .filter((owner) => !heir.isAlive(owner))
    .flatMap((owner) => {
      const { interrupted, rested, inherited } = settleJobsOf(catalogue, owner, heir.id, {
        failure,
        endedAt,
      });
      return [...interrupted, ...rested, ...inherited];
    });
}
