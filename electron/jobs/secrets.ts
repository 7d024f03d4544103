/** Passphrases of jobs: kept in memory until the job has ended, and never stored with it. */
import type { Job, JobRequest } from '#shared/domain/job.ts';

/** The members of a request that are never written down, wherever they stand in it. */
const secretMembers: ReadonlySet<string> = new Set(['passphrase']);

/** The work as it may be stored and shown. */
export function withoutSecrets(work: JobRequest): JobRequest {
  const text = JSON.stringify(work, (name, value: unknown) => (secretMembers.has(name) ? undefined : value));
  return JSON.parse(text) as JobRequest;
}

/** The requests of the jobs that wait or run, as they were given. */
export class JobSecrets {
  readonly #works = new Map<number, JobRequest>();

  /** Keeps the request when there is a secret in it. */
  keep(id: number, work: JobRequest): void {
    if (JSON.stringify(work) !== JSON.stringify(withoutSecrets(work))) this.#works.set(id, work);
  }

  /** The job's work with its secrets; as it is stored when there are none, or they are gone with an earlier run. */
  complete({ id, work }: Job): JobRequest {
    return this.#works.get(id) ?? work;
  }

  forget(id: number): void {
    this.#works.delete(id);
  }
}
