/** Secrets of jobs, never stored with them: passphrases and passwords in memory, in the keychain what lets an upload go on. */
import type { CloudObject, CloudPermission } from '#shared/domain/cloud-image.ts';
import type { Job, JobRequest } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';

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

/** Where permissions outlive a run: the system's keychain, or this process's memory where there is none. */
export interface PermissionStore {
  /** Null when there is none of that name. */
  read(name: string): string | null;
  write(name: string, secret: string): void;
  remove(name: string): void;
}

export class JobSecrets {
  /** The requests of the jobs that wait or run, as they were given. */
  readonly #works = new Map<number, JobRequest>();
  /** Opened when an upload first asks: the system may ask the person then. */
  readonly #openStore: () => PermissionStore;

  constructor(openStore: () => PermissionStore) {
    this.#openStore = openStore;
  }

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
          problem: inEnglish('the {name} was not kept: it has to be entered again', { name }),
        });
      }
      return value;
    });
    return kept;
  }

  /** What the job's last run kept to go on with; null for nothing. @throws Failure `io.*`. */
  permissionOf(id: number): CloudPermission | null {
    const text = this.#openStore().read(nameOf(id));
    try {
      return text === null ? null : (JSON.parse(text) as CloudPermission);
    } catch {
      return null;
    }
  }

  /** Null: forgets it. @throws Failure `io.*`. */
  keepPermission(id: number, permission: CloudPermission | null): void {
    if (permission === null) this.#openStore().remove(nameOf(id));
    else this.#openStore().write(nameOf(id), JSON.stringify(permission));
  }

  /** What one of these uploads kept to write to `object`, which is forgotten with that; null for nothing. @throws Failure `io.*`. */
  takePermission(uploads: readonly Job[], object: CloudObject): string | null {
    for (const { id } of uploads) {
      const permission = this.permissionOf(id);
      if (permission === null) continue;
      const { account, kind, id: objectId } = permission.object;
      if (account !== object.account || kind !== object.kind || objectId !== object.id) continue;
      this.keepPermission(id, null);
      return permission.secret;
    }
    return null;
  }

  /** All of a job's secrets. @throws Failure `io.*`. */
  forget({ id, work }: Pick<Job, 'id' | 'work'>): void {
    this.#works.delete(id);
    if (work.kind === 'upload') this.keepPermission(id, null);
  }

  /** How many jobs have something to keep. */
  get size(): number {
    return this.#works.size;
  }
}

const nameOf = (id: number): string => `job:${id}`;
