/** Uploads to a bucket: on record before it begins, gone on with where parts are there, compared, and taken away when it fails for good. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { CloudObject } from '#shared/domain/cloud-image.ts';
import type { UploadedImage, UploadPart, UploadResult, UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { attempted, mayGoOn, usualRestsMilliseconds } from '../attempts.ts';
import { abortable, type TransferControl } from '../control.ts';
import { Sending } from '../sending.ts';
import { sendInParts, type SentObject } from './multipart.ts';
import { s3Access, type S3Settings } from './settings.ts';
import { S3Store, type ObjectHead } from './store.ts';
import { tagDigest } from './tag-digest.ts';

export interface S3UploadOptions {
  readonly restsMilliseconds?: readonly number[];
}

/** What the ledger calls an upload that has not been joined. */
export const openUploadKind = 's3-upload';
const idMark = '?uploadId=';
const pieceBytes = 1 << 20;

/**
 * Uploads all parts of the work, an object each. What the network cut off, or was put off, keeps its parts: the same work goes on
 * with them.
 * @throws Failure `cloud.*`, `input.invalid`, `io.*`, `image.*`, `operation.*`.
 */
export async function uploadObjects(
  work: UploadWork,
  access: CloudAccess,
  control: TransferControl,
  options: S3UploadOptions = {},
): Promise<UploadResult> {
  const settings = s3Access(access);
  const store = await S3Store.open(settings);
  const rests = options.restsMilliseconds ?? usualRestsMilliseconds;
  try {
    const images = await abortable(control, async (signal) => {
      const sent: UploadedImage[] = [];
      for (const part of work.parts) {
        sent.push(await new ObjectUpload(work, store, control, signal, rests).run(part, settings));
      }
      return sent;
    });
    return { account: work.account, images };
  } finally {
    store.close();
  }
}

class ObjectUpload {
  readonly #work: UploadWork;
  readonly #store: S3Store;
  readonly #control: TransferControl;
  readonly #signal: AbortSignal;
  readonly #restsMilliseconds: readonly number[];
  /** What is on record at the moment. */
  #recorded: CloudObject | null = null;
  #uploadId: string | null = null;

  constructor(
    work: UploadWork,
    store: S3Store,
    control: TransferControl,
    signal: AbortSignal,
    restsMilliseconds: readonly number[],
  ) {
    this.#work = work;
    this.#store = store;
    this.#control = control;
    this.#signal = signal;
    this.#restsMilliseconds = restsMilliseconds;
  }

  async run(part: UploadPart, { prefix }: S3Settings): Promise<UploadedImage> {
    const { source, name, role } = part;
    if (source.kind === 'address') throw invalid(inEnglish('an S3 fetches nothing by itself'));
    const key = `${prefix}${name}`;
    if (Buffer.byteLength(key) > 1024) throw invalid(inEnglish('a key has 1024 bytes at most'));
    const sending = new Sending(source, this.#control);
    try {
      if (sending.sizeBytes === 0) throw invalid(inEnglish('{path} is empty', { path: sending.path }));
      const sent = (await this.#sentBefore(key, name, sending)) ?? (await this.#send(key, name, sending));
      return {
        id: key,
        name,
        role,
        status: 'stored',
        sizeBytes: sending.sizeBytes,
        verified: sent.verified,
        converted: null,
        retries: sent.retries,
        sentBytes: sent.sentBytes,
      };
    } finally {
      sending.close();
    }
  }

  /**
   * Null where the key is free, or may be taken. An object that has it and is what would be sent is what a run left that ended
   * between its last request and the answer. @throws Failure `cloud.refused` for any other.
   */
  async #sentBefore(key: string, name: string, sending: Sending): Promise<SentObject | null> {
    if (this.#replaces) return null;
    const { bucket } = this.#store;
    const head = await this.#again(() => this.#store.find(key, this.#signal));
    if (head === null) return null;
    const verified = await this.#compared(key, head, name, sending);
    if (verified !== null) {
      this.#control.note({ kind: 'resumed', item: name, doneBytes: sending.sizeBytes });
      this.#made(key, name);
      return { tag: head.tag, verified, sentBytes: 0, retries: 0 };
    }
    const problem = inEnglish(
      '{bucket} has an object "{key}" already; choose another name, or say that it may be replaced',
      { bucket, key },
    );
    throw new Failure('cloud.refused', { action: inEnglish('take the object'), status: 412, problem });
  }

  /** The digest that says that the object is what would be sent; null where nothing says so. */
  async #compared(
    key: string,
    head: ObjectHead,
    name: string,
    sending: Sending,
  ): Promise<SentObject['verified']> {
    if (head.sizeBytes !== sending.sizeBytes) return null;
    const digest = await this.#again(() => tagDigest(this.#store, key, head, this.#signal));
    if (digest === null) return null;
    this.#control.begin('verifying', sending.sizeBytes, name);
    const piece = new Uint8Array(pieceBytes);
    for (let at = 0; at < sending.sizeBytes; at += pieceBytes) {
      this.#control.throwIfCancelled();
      const read = piece.subarray(0, sending.sizeBytes - at);
      sending.read(at, read);
      digest.update(read);
      this.#control.advance(read.length);
    }
    return digest.digest() === head.tag ? { algorithm: digest.algorithm, digest: head.tag } : null;
  }

  #again<T>(request: () => Promise<T>): Promise<T> {
    return attempted({ restsMilliseconds: this.#restsMilliseconds, signal: this.#signal }, request);
  }

  get #replaces(): boolean {
    return this.#work.options['replace'] === true;
  }

  async #send(key: string, name: string, sending: Sending) {
    try {
      const sent = await sendInParts({
        store: this.#store,
        key,
        name,
        replaces: this.#replaces,
        sending,
        control: this.#control,
        signal: this.#signal,
        restsMilliseconds: this.#restsMilliseconds,
        begun: (uploadId) => this.#record(key, name, uploadId),
      });
      this.#made(key, name);
      this.#forget();
      return sent;
    } catch (error) {
      await this.#giveUp(key, error).catch(() => {});
      throw error;
    }
  }

  #made(key: string, name: string): void {
    const object = { account: this.#work.account, kind: 'object', id: key, name };
    this.#control.cloudObject({ event: 'making', object });
    this.#control.cloudObject({ event: 'made', object });
  }

  /** First by its key alone, then by the id that the service gave: there is no moment without. */
  #record(key: string, name: string, uploadId: string | null): void {
    const before = this.#recorded;
    const id = uploadId === null ? key : `${key}${idMark}${uploadId}`;
    const object = { account: this.#work.account, kind: openUploadKind, id, name };
    this.#control.cloudObject({ event: 'making', object });
    this.#recorded = object;
    this.#uploadId = uploadId;
    if (before !== null && before.id !== id) this.#control.cloudObject({ event: 'gone', object: before });
  }

  #forget(): void {
    if (this.#recorded !== null) this.#control.cloudObject({ event: 'gone', object: this.#recorded });
    this.#recorded = null;
  }

  /** The signal is not asked: it may be what led here. What may serve another run stays, and is on record. */
  async #giveUp(key: string, error: unknown): Promise<void> {
    if (mayGoOn(error)) return;
    if (error instanceof Failure && error.code === 'cloud.digest-mismatch') await this.#store.delete(key);
    if (this.#uploadId !== null) await this.#store.uploads.abort(key, this.#uploadId);
    this.#forget();
  }
}

/** Takes away the parts of an upload that was left; done when there are none. @throws Failure `cloud.*`. */
export async function discardUpload(
  access: CloudAccess,
  { id }: CloudObject,
  signal?: AbortSignal,
): Promise<void> {
  const store = await S3Store.open(s3Access(access));
  try {
    const at = id.lastIndexOf(idMark);
    if (at >= 0) {
      await store.uploads.abort(id.slice(0, at), id.slice(at + idMark.length), signal);
      return;
    }
    // The process ended between asking for the upload and being told its id: nobody has sent a part of it.
    for (const upload of await store.uploads.list(id, signal)) {
      const parts = await store.uploads.parts(id, upload, signal ?? new AbortController().signal);
      if (parts?.length === 0) await store.uploads.abort(id, upload.id, signal);
    }
  } finally {
    store.close();
  }
}

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
