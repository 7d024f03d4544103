/** The one error class of Platter: a stable code, typed details for it, and the cause. */
import { filledIn, type Message } from './in-english.ts';

/** What each code carries. A code says what the user can do about it, not which format raised it. */
export interface FailureDetails {
  /** The file or folder is not there. */
  'io.not-found': { path: string };
  /** The system does not let us read or write there. */
  'io.denied': { path: string };
  /** Something with that name is there already. */
  'io.exists': { path: string };
  /** The disk is full, or would be. */
  'io.no-space': { path: string; neededBytes?: number; freeBytes?: number };
  /** Any other refusal of the system; `reason` is its own word (EIO, ENOTDIR, …). */
  'io.failed': { path: string; reason: Message };
  /** The file breaks its specification at one field. `fileOffset` is in bytes from the start of the source. */
  'image.malformed': {
    format: string;
    structure: string;
    field: string;
    fileOffset: number;
    problem: Message;
  };
  /** The file ends before what its own tables promise. */
  'image.truncated': { path: string; neededBytes: number; actualBytes: number };
  /** The file is right as far as we can tell, but uses something Platter does not do. */
  'image.unsupported': { format: string; feature: Message };
  /** The image is encrypted and there is no key. */
  'image.encrypted': { format: string; method: string };
  /** No driver knows the content as a disk, and it cannot be a raw disk either. */
  'image.unrecognised': { path: string };
  /** A backing file, parent or extent that the image needs is not there. */
  'image.parent-missing': { path: string; reference: string };
  /** The parent is there, but it is not what the image was written over any more. */
  'image.parent-mismatch': { path: string; parent: string; problem: Message };
  /** The passphrase opens nothing. */
  'image.wrong-passphrase': { format: string };
  /** A name inside an image points where an image must not lead us. */
  'reference.denied': {
    reference: string;
    reason: Message;
    /** The file that it means, where the person may allow it. */
    path?: string;
  };
  /** The package's descriptor or archive breaks its specification. */
  'package.malformed': { structure: string; problem: Message };
  /** A name in a package is absolute, climbs, or is a link. */
  'package.unsafe-name': { name: string; reason: Message };
  /** The package names a file that it does not hold. */
  'package.file-missing': { file: string };
  /** A file in the package is not what the manifest says. */
  'package.manifest-mismatch': { file: string; algorithm: string; expected: string; actual: string };
  /** What was written does not read back as what was read. `virtualOffset` is in bytes. */
  'output.verification-failed': { path: string; virtualOffset: number };
  /** Nobody answers at that address, or the connection broke. */
  'cloud.unreachable': { address: string; reason: Message };
  /** The certificate of who answers there proves nothing. */
  'cloud.untrusted': { address: string; reason: Message };
  /** The cloud does not know who asks: a wrong name, password or secret. */
  'cloud.unauthorised': { address: string; problem: Message };
  /** The cloud knows who asks, and does not allow it. */
  'cloud.forbidden': { action: Message; problem: Message };
  /** No more images, or no more bytes, are granted there. */
  'cloud.quota': { problem: Message };
  /** The cloud's own inspection, or ours that says the same before anything is sent, refuses the file. */
  'cloud.unsafe-image': { path: string; problem: Message };
  /** Any other refusal; `problem` in the cloud's own words. */
  'cloud.refused': { action: Message; status: number; problem: Message };
  /** What arrived is not what was sent. */
  'cloud.digest-mismatch': { name: string; algorithm: string; expected: string; actual: string };
  /** The caller asked for something that makes no sense here. */
  'input.invalid': { problem: Message };
  /** The catalogue was written by a newer version of Platter. */
  'catalogue.newer': { path: string; version: number; knownVersion: number };
  /** The catalogue, or a backup of it, is not what SQLite wrote. */
  'catalogue.damaged': { path: string; problem: Message };
  /** The user stopped it. */
  'operation.cancelled': Record<string, never>;
  /** The process that did the work ended before it was done. */
  'operation.interrupted': { reason: Message };
  /** A mistake in Platter itself. */
  internal: { problem: Message };
}

export type FailureCode = keyof FailureDetails;

/** A failure as plain data: what crosses ports and is stored with a job. */
export type FailureData = { [C in FailureCode]: { code: C; details: FailureDetails[C] } }[FailureCode];

/** Thrown for everything that can go wrong for a reason outside the code. */
export class Failure<C extends FailureCode = FailureCode> extends Error {
  override readonly name = 'Failure';
  readonly code: C;
  readonly details: FailureDetails[C];

  constructor(code: C, details: FailureDetails[C], cause?: unknown) {
    super(`${code} ${JSON.stringify(details, filledIn)}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  /** The failure as plain data. */
  toData(): FailureData {
    return { code: this.code, details: this.details } as FailureData;
  }

  /** The failure that `data` describes. */
  static fromData(data: FailureData): Failure {
    return new Failure(data.code, data.details);
  }

  /** `error` itself when it is a Failure, else an `internal` one that carries it as its cause. */
  static from(error: unknown): Failure {
    if (error instanceof Failure) return error;
    return new Failure(
      'internal',
      { problem: error instanceof Error ? error.message : String(error) },
      error,
    );
  }
}

/** Whether `error` is a Failure with that code. */
export function isFailure<C extends FailureCode>(error: unknown, code: C): error is Failure<C> {
  return error instanceof Failure && error.code === code;
}

const systemCodes: Readonly<Record<string, 'io.not-found' | 'io.denied' | 'io.exists' | 'io.no-space'>> = {
  ENOENT: 'io.not-found',
  EACCES: 'io.denied',
  EPERM: 'io.denied',
  EROFS: 'io.denied',
  EEXIST: 'io.exists',
  ENOSPC: 'io.no-space',
  EDQUOT: 'io.no-space',
};

/** The failure for a system call's error on `path`: its errno becomes the code. */
export function systemFailure(error: unknown, path: string): Failure {
  if (error instanceof Failure) return error;
  const reason = String((error as { code?: unknown } | null)?.code ?? error);
  const code = systemCodes[reason];
  return code === undefined
    ? new Failure('io.failed', { path, reason }, error)
    : new Failure(code, { path }, error);
}
