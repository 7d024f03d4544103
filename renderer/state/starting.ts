/** Starting the job that a form stands for: once, and with words when it could not start. */
import type { Job, JobRequest } from '#shared/domain/job.ts';
import { jobs } from './jobs.svelte.ts';
import { notices } from './notices.svelte.ts';

/** Queues the job; null when the form is not complete or starts one already, or when it could not start, which was said. */
export async function startOnce(form: { starting: boolean }, work: JobRequest | null): Promise<Job | null> {
  if (work === null || form.starting) return null;
  form.starting = true;
  try {
    return await jobs.start(work);
  } catch (error) {
    notices.fail(error);
    return null;
  } finally {
    form.starting = false;
  }
}
