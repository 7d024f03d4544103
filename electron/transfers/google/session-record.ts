/** The record of a resumable session: what it is of and how far it is in the job's journal, its address with the job's secrets. */
import type { CloudObject } from '#shared/domain/cloud-image.ts';
import type { TransferControl } from '../control.ts';

/** So much of the source has been taken, and has that digest. */
export interface ReachedPoint {
  readonly doneBytes: number;
  /** Hexadecimal, of all bytes before. */
  readonly md5: string;
}

interface Head {
  /** The object in the bucket. */
  readonly key: string;
  /** What all that the upload makes is known by. */
  readonly tag: string;
  readonly sizeBytes: number;
}

export interface RecordedSession extends Head {
  /** Null where it was not kept. */
  readonly address: string | null;
  /** Ascending. */
  readonly points: readonly ReachedPoint[];
}

/** Records are JSON: first the upload, then points that were reached. */
export class SessionRecord {
  readonly #control: TransferControl;

  constructor(control: TransferControl) {
    this.#control = control;
  }

  /** Whether another run may go on with what this one leaves. */
  get outlives(): boolean {
    return this.#control.journal !== null && this.#control.keepsPermissions;
  }

  /** What earlier runs of the job left of the upload to `key`; null for nothing. */
  read(key: string): RecordedSession | null {
    const { journal, permission } = this.#control;
    const [first, ...others] = journal?.records ?? [];
    const head = first === undefined ? null : parsed<Head>(first);
    if (head?.key !== key) return null;
    const points = others.flatMap((record) => parsed<ReachedPoint>(record) ?? []);
    // Of this upload, and not of a job of that number in another library.
    const isOurs = permission?.object.id.endsWith(head.tag) ?? false;
    return { ...head, points, address: isOurs ? permission!.secret : null };
  }

  /** A session has begun; nothing of before holds any more. */
  begin(session: Head, object: CloudObject, address: string): void {
    const { journal } = this.#control;
    if (journal === null) return;
    journal.clear();
    journal.append(Buffer.from(JSON.stringify(session)));
    if (this.outlives) this.#control.keepPermission({ object, secret: address });
  }

  reached(point: ReachedPoint): void {
    this.#control.journal?.append(Buffer.from(JSON.stringify(point)));
  }

  /** The object is complete: nobody writes to it any more. */
  forgetAddress(): void {
    if (this.outlives) this.#control.keepPermission(null);
  }

  clear(): void {
    this.forgetAddress();
    this.#control.journal?.clear();
  }
}

/** Null for what is none. */
function parsed<T>(record: Uint8Array): T | null {
  try {
    return JSON.parse(Buffer.from(record).toString()) as T;
  } catch {
    return null;
  }
}
