/** Sends one object in parts. Parts that are there already are compared by their digests, and not sent again. */
import { createHash } from 'node:crypto';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { attempted, inLanes } from '../attempts.ts';
import type { TransferControl } from '../control.ts';
import type { Sending } from '../sending.ts';
import { cutOf, digestsOf, joinedTag, partCountIn, type Cut } from './parts.ts';
import type { OpenUpload, StoredPart } from './open-uploads.ts';
import type { S3Store } from './store.ts';

export interface MultipartWork {
  readonly store: S3Store;
  readonly key: string;
  /** For people. */
  readonly name: string;
  /** An object that has the key meanwhile may go. */
  readonly replaces: boolean;
  readonly sending: Sending;
  readonly control: TransferControl;
  readonly signal: AbortSignal;
  readonly restsMilliseconds: readonly number[];
  /** Told before the upload exists, and with its id as soon as it has one. */
  readonly begun: (uploadId: string | null) => void;
}

export interface SentObject {
  readonly tag: string;
  /** The service's tag is that of the bytes that were read here. */
  readonly verified: { readonly algorithm: string; readonly digest: string } | null;
  readonly sentBytes: number;
  readonly retries: number;
}

/** @throws Failure `cloud.*`, `io.*`, `image.*`, `operation.*`. Parts stay; who called decides on them. */
export async function sendInParts(work: MultipartWork): Promise<SentObject> {
  return new Multipart(work).run();
}

class Multipart {
  readonly #work: MultipartWork;
  readonly #cut: Cut;
  readonly #md5s: Buffer[] = [];
  readonly #parts: StoredPart[] = [];
  #sentBytes = 0;
  #retries = 0;

  constructor(work: MultipartWork) {
    this.#work = work;
    this.#cut = cutOf(work.sending.sizeBytes);
  }

  async run(): Promise<SentObject> {
    const { sending, control, name, signal } = this.#work;
    const { upload, there } = await this.#open();
    control.begin('uploading', sending.sizeBytes, name);
    await inLanes(this.#numbers(), this.#cut.lanes, signal, (number, stopping) =>
      this.#part(number, upload, there, stopping),
    );
    control.begin('finishing', 0, name);
    const tag = await this.#complete(upload);
    return {
      tag,
      verified: await this.#verified(tag),
      sentBytes: this.#sentBytes,
      retries: this.#retries,
    };
  }

  *#numbers(): Generator<number> {
    for (let number = 1; number <= this.#cut.partCount; number++) yield number;
  }

  /** The newest upload of that key that was cut as we cut, else a new one. */
  async #open(): Promise<{ upload: OpenUpload; there: ReadonlyMap<number, StoredPart> }> {
    const { store, key, begun, control, name } = this.#work;
    for (const upload of await this.#again((signal) => store.uploads.list(key, signal))) {
      const parts = await this.#again((signal) => store.uploads.parts(key, upload, signal));
      if (parts === null || parts.length === 0 || !parts.every((part) => this.#fits(part))) continue;
      begun(upload.id);
      const keepsSha256 = upload.keepsSha256 || parts.every(({ sha256 }) => sha256 !== null);
      const doneBytes = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      control.note({ kind: 'resumed', item: name, doneBytes });
      return {
        upload: { ...upload, keepsSha256 },
        there: new Map(parts.map((part) => [part.number, part])),
      };
    }
    begun(null);
    const upload = await this.#again((signal) => store.uploads.begin(key, signal));
    begun(upload.id);
    return { upload, there: new Map() };
  }

  #fits({ number, sizeBytes }: StoredPart): boolean {
    return number <= this.#cut.partCount && sizeBytes === this.#lengthOf(number);
  }

  #lengthOf(number: number): number {
    const { partBytes } = this.#cut;
    return Math.min(partBytes, this.#work.sending.sizeBytes - (number - 1) * partBytes);
  }

  async #part(
    number: number,
    upload: OpenUpload,
    there: ReadonlyMap<number, StoredPart>,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, key, sending, control } = this.#work;
    control.throwIfCancelled();
    const bytes = new Uint8Array(this.#lengthOf(number));
    sending.read((number - 1) * this.#cut.partBytes, bytes);
    const { md5, sha256 } = digestsOf(bytes);
    this.#md5s[number - 1] = md5;
    const stored = there.get(number);
    if (stored !== undefined && isSame(stored, md5, sha256)) {
      this.#parts[number - 1] = stored;
    } else {
      const part = { number, bytes, sha256: sha256.toString('base64') };
      this.#parts[number - 1] = await this.#again(
        (stopping) => store.uploads.send(key, upload, part, stopping),
        signal,
      );
      this.#sentBytes += bytes.length;
    }
    control.advance(bytes.length);
  }

  /** An answer that was lost on the way may have been a yes: then the object is there and the upload is not. */
  async #complete(upload: OpenUpload): Promise<string> {
    const { store, key, replaces } = this.#work;
    const tag = await this.#again((signal) =>
      store.uploads.complete(key, upload, { parts: this.#parts, replaces }, signal),
    );
    if (tag !== null) return tag;
    const head = await this.#again((signal) => store.find(key, signal));
    if (head?.tag === joinedTag(this.#md5s)) return head.tag;
    throw new Failure('cloud.refused', {
      action: inEnglish('join the parts'),
      status: 404,
      problem: inEnglish('the upload is not there any more: somebody has ended it'),
    });
  }

  /** @throws Failure `cloud.digest-mismatch` where the object is not what was read. */
  async #verified(tag: string): Promise<SentObject['verified']> {
    const { store, key, name, sending } = this.#work;
    const head = await this.#again((signal) => store.find(key, signal));
    if (head !== null && head.sizeBytes !== sending.sizeBytes) {
      throw new Failure('cloud.digest-mismatch', {
        name,
        algorithm: 'size in bytes',
        expected: String(sending.sizeBytes),
        actual: String(head.sizeBytes),
      });
    }
    const expected = joinedTag(this.#md5s);
    const each = this.#parts.every((part, index) => part.tag === this.#md5s[index]!.toString('hex'));
    // Not every service makes the whole's tag of its parts' tags.
    if (each && partCountIn(tag) === this.#cut.partCount && tag !== expected) {
      throw new Failure('cloud.digest-mismatch', { name, algorithm: 'md5 of parts', expected, actual: tag });
    }
    if (each) return { algorithm: 'md5 of parts', digest: expected };
    // Where tags are no MD5s (the service encrypts with keys of its own), each part's SHA-256 was checked as it came.
    const sums = this.#parts.every(({ sha256 }) => sha256 !== null);
    return sums ? { algorithm: 'sha256 of each part', digest: this.#sumOfSums() } : null;
  }

  /** As S3 computes it for objects that keep their parts' SHA-256. */
  #sumOfSums(): string {
    const sums = this.#parts.map(({ sha256 }) => Buffer.from(sha256!, 'base64'));
    return createHash('sha256').update(Buffer.concat(sums)).digest('hex');
  }

  async #again<T>(request: (signal: AbortSignal) => Promise<T>, signal = this.#work.signal): Promise<T> {
    const { restsMilliseconds } = this.#work;
    const again = (): void => void this.#retries++;
    return attempted({ restsMilliseconds, signal, again }, () => request(signal));
  }
}

function isSame(stored: StoredPart, md5: Buffer, sha256: Buffer): boolean {
  return stored.sha256 === null
    ? stored.tag === md5.toString('hex')
    : stored.sha256 === sha256.toString('base64');
}
