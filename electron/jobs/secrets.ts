/** Passphrases and passwords of jobs: kept in memory until the job has ended, and never stored with it. */
import type { Job, JobRequest } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';

/** Members that are never written down, wherever they stand: without a passphrase an image says that it is encrypted. */
const secretMembers: ReadonlySet<string> = new Set(['passphrase']);
/** Members that would be missed by nobody: the mark in their place stops the job from being done without them. */
const markedMembers: ReadonlySet<string> = new Set(['password']);
const mark = '(not kept)';

/** The work as it may be stored and shown. */
export function withoutSecrets(work: JobRequest): JobRequest {
  const text = JSON.stringify(work, (name, value: unknown) => {
    if (secretMembers.has(name)) return undefined;
    return markedMembers.has(name) && value !== '' ? mark : value;
  });
  return JSON.parse(text) as JobRequest;
}

/** The requests of the jobs that wait or run, as they were given. */
export class JobSecrets {
  readonly #works = new Map<number, JobRequest>();

  /** Keeps the request when there is a secret in it. */
  keep(id: number, work: JobRequest): void {
    if (JSON.stringify(work) !== JSON.stringify(withoutSecrets(work))) this.#works.set(id, work);
  }

  /**
   * The job's work with its secrets; as it is stored when there are none, or a passphrase is gone with an earlier run.
   * @throws Failure `input.invalid` when a password is gone.
   */
  complete({ id, work }: Job): JobRequest {
    const kept = this.#works.get(id) ?? work;
    JSON.stringify(kept, (name, value: unknown) => {
      if (markedMembers.has(name) && value === mark) {
        throw new Failure('input.invalid', {
          problem: `the ${name} was not kept: it has to be entered again`,
        });
      }
      return value;
    });
    return kept;
  }

  forget(id: number): void {
    this.#works.delete(id);
  }

  /** How many jobs have something to keep. */
  get size(): number {
    return this.#works.size;
  }
}
