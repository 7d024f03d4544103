/** Sends an object to Cloud Storage by the resumable protocol: in pieces, each going on from what the service says it has. */
import { createHash, type Hash } from 'node:crypto';
import type { CloudObject } from '#shared/domain/cloud-image.ts';
import type { AfreshReason } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { attempted, isPassing, mayGoOn, type Attempts } from '../attempts.ts';
import { pause, type TransferControl } from '../control.ts';
import { text, type HttpResponse } from '../http.ts';
import type { Sending } from '../sending.ts';
import { googleFailure, type GoogleClient } from './client.ts';
import { deleteObject, findObject, tagName, type StoredObject } from './objects.ts';
import type { ReachedPoint, RecordedSession, SessionRecord } from './session-record.ts';

/** A multiple of 256 KiB, as the protocol wants. */
const pieceBytes = 8 << 20;
const action = inEnglish('take the file');

export interface ResumableWork {
  readonly client: GoogleClient;
  readonly key: string;
  /** Kept beside the object. */
  readonly tag: string;
  /** As it is on record. */
  readonly object: CloudObject;
  readonly replaces: boolean;
  readonly sending: Sending;
  readonly control: TransferControl;
  readonly attempts: Attempts;
  readonly record: SessionRecord;
  /** What an earlier run of the job left. */
  readonly recorded: RecordedSession | null;
}

export interface SentObject {
  readonly verified: { readonly algorithm: string; readonly digest: string } | null;
  readonly sentBytes: number;
  readonly retries: number;
}

/** Where an upload stands. */
interface Standing {
  /** Null while it is not complete. */
  readonly stored: StoredObject | null;
  readonly doneBytes: number;
}

/**
 * What the network cut off, or was put off, goes on with the same job.
 * @throws Failure `cloud.*`, `io.*`, `image.*`, `operation.*`; unless it may go on, the service then forgets what it has.
 */
export async function sendResumable(work: ResumableWork): Promise<SentObject> {
  return new ResumableUpload(work).run();
}

class ResumableUpload {
  readonly #work: ResumableWork;
  #hash: Hash = createHash('md5');
  #hashedBytes = 0;
  #sentBytes = 0;
  #retries = 0;
  /** Its address, once there is one. */
  #session: string | null = null;

  constructor(work: ResumableWork) {
    this.#work = work;
  }

  async run(): Promise<SentObject> {
    const { key, record, recorded, sending, control, object } = this.#work;
    try {
      const there = recorded === null ? null : await this.#there(recorded);
      this.#session ??= await this.#begin();
      control.begin('uploading', sending.sizeBytes, object.name, there?.doneBytes ?? 0);
      const stored = there?.stored ?? (await this.#send(this.#session, there?.doneBytes ?? 0));
      record.forgetAddress();
      return {
        verified: this.#verified(stored, key),
        sentBytes: this.#sentBytes,
        retries: this.#retries,
      };
    } catch (error) {
      // Whoever has the session's address may write: unless it is kept for another run, it ends here.
      if (!(record.outlives && mayGoOn(error))) await this.#endSession();
      throw error;
    }
  }

  /** What an earlier run brought there, in its session; null where nothing of it serves. */
  async #there({ address, points, sizeBytes }: RecordedSession): Promise<Standing | null> {
    const { client, sending, attempts, key, tag, control, object } = this.#work;
    this.#session = address;
    const stored = await this.#again(() => findObject(client, key, tag, attempts.signal));
    if (stored === null && address === null) return this.#afresh('permission-gone');
    const standing =
      stored === null ? await this.#again(() => this.#standing(address!)) : { stored, doneBytes: 0 };
    if (standing === null) return this.#afresh('gone-in-cloud');
    const doneBytes = standing.stored === null ? standing.doneBytes : sending.sizeBytes;
    if (sizeBytes !== sending.sizeBytes || !this.#catchUp(doneBytes, points)) {
      if (standing.stored !== null) await this.#again(() => deleteObject(client, key, tag, attempts.signal));
      return this.#afresh('source-changed');
    }
    control.note({ kind: 'resumed', item: object.name, doneBytes });
    return { stored: standing.stored, doneBytes };
  }

  async #afresh(reason: AfreshReason): Promise<null> {
    const { control, object } = this.#work;
    await this.#endSession();
    this.#hash = createHash('md5');
    this.#hashedBytes = 0;
    control.note({ kind: 'afresh', item: object.name, reason });
    return null;
  }

  /** Takes the digest of what is there already. False where the source is not what it was when that was sent. */
  #catchUp(doneBytes: number, points: readonly ReachedPoint[]): boolean {
    const { control, object } = this.#work;
    control.begin('checking', doneBytes, object.name);
    const point = points.filter((one) => one.doneBytes <= doneBytes).at(-1);
    if (point !== undefined) {
      if (point.doneBytes > this.#work.sending.sizeBytes) return false;
      this.#hashUntil(point.doneBytes);
      if (this.#md5SoFar() !== point.md5) return false;
    }
    this.#hashUntil(doneBytes);
    return true;
  }

  #hashUntil(end: number): void {
    const { sending, control } = this.#work;
    while (this.#hashedBytes < end) {
      control.throwIfCancelled();
      const start = this.#hashedBytes;
      const bytes = new Uint8Array(Math.min(pieceBytes, end - start));
      sending.read(start, bytes);
      this.#digest(start, bytes);
      control.advance(bytes.length);
    }
  }

  #md5SoFar(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Without it nobody writes to the object any more. */
  async #endSession(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    if (session !== null) await endSession(this.#work.client, session).catch(() => {});
  }

  /** A new session, on record; its address. */
  async #begin(): Promise<string> {
    const { key, tag, sending, object, record } = this.#work;
    const session = await this.#again(() => this.#requestSession());
    record.begin({ key, tag, sizeBytes: sending.sizeBytes }, object, session);
    return session;
  }

  async #requestSession(): Promise<string> {
    const { client, key, sending, attempts, replaces, tag } = this.#work;
    const { bucket, storageAddress } = client.settings;
    const query = new URLSearchParams({ uploadType: 'resumable', name: key });
    if (!replaces) query.set('ifGenerationMatch', '0');
    const address = `${storageAddress}/upload/storage/v1/b/${encodeURIComponent(bucket)}/o?${query.toString()}`;
    const response = await client.ask(address, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-upload-content-type': 'application/octet-stream',
        'x-upload-content-length': String(sending.sizeBytes),
      },
      body: JSON.stringify({ metadata: { [tagName]: tag } }),
      signal: attempts.signal,
    });
    const body = await text(response);
    const session = response.headers.location;
    if (response.status === 200 && session !== undefined) return session;
    throw this.#failure(response.status, body);
  }

  /** Piece by piece; after a piece that broke off, from where the service says. It gives up when nothing more gets there. */
  async #send(session: string, thereBytes: number): Promise<StoredObject> {
    const { control, sending, attempts, record } = this.#work;
    const { signal, restsMilliseconds } = attempts;
    let doneBytes = thereBytes;
    let asks = false;
    for (let fruitless = 0; ;) {
      try {
        const answer = asks ? await this.#ask(session) : await this.#piece(session, doneBytes);
        asks = false;
        if (answer.stored !== null) {
          control.advance(sending.sizeBytes - doneBytes);
          return answer.stored;
        }
        if (answer.doneBytes > doneBytes) {
          control.advance(answer.doneBytes - doneBytes);
          fruitless = 0;
          if (this.#hashedBytes === answer.doneBytes)
            record.reached({ doneBytes: answer.doneBytes, md5: this.#md5SoFar() });
        }
        doneBytes = answer.doneBytes;
      } catch (error) {
        signal.throwIfAborted();
        const rest = restsMilliseconds[fruitless++];
        if (rest === undefined || !isPassing(error)) throw error;
        this.#retries++;
        asks = true;
        await pause(rest, signal);
      }
    }
  }

  async #piece(session: string, start: number): Promise<Standing> {
    const { client, sending, control, attempts } = this.#work;
    control.throwIfCancelled();
    const total = sending.sizeBytes;
    const bytes = new Uint8Array(Math.min(pieceBytes, total - start));
    sending.read(start, bytes);
    this.#digest(start, bytes);
    const response = await client.askOpenly(session, {
      method: 'PUT',
      headers: {
        'content-length': String(bytes.length),
        'content-range': `bytes ${start}-${start + bytes.length - 1}/${total}`,
      },
      body: one(bytes),
      signal: attempts.signal,
    });
    const answer = await this.#understood(response);
    this.#sentBytes += bytes.length;
    return answer;
  }

  /** Where the session stands; null where the service has given it up, or somebody ended it. */
  async #standing(session: string): Promise<Standing | null> {
    try {
      return await this.#ask(session);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'cloud.refused') throw error;
      const { status } = (error as Failure<'cloud.refused'>).details;
      if ([404, 410, 499].includes(status)) return null;
      throw error;
    }
  }

  async #ask(session: string): Promise<Standing> {
    const { client, sending, attempts } = this.#work;
    const response = await client.askOpenly(session, {
      method: 'PUT',
      headers: { 'content-length': '0', 'content-range': `bytes */${sending.sizeBytes}` },
      signal: attempts.signal,
    });
    return this.#understood(response);
  }

  async #understood(response: HttpResponse): Promise<Standing> {
    const body = await text(response);
    if (response.status === 200 || response.status === 201) {
      return { stored: JSON.parse(body) as StoredObject, doneBytes: 0 };
    }
    if (response.status !== 308) throw this.#failure(response.status, body);
    const last = /^bytes=0-(\d+)$/.exec(response.headers.range ?? '');
    return { stored: null, doneBytes: last === null ? 0 : Number(last[1]) + 1 };
  }

  /** Each byte once, in order; what is sent again has been counted. */
  #digest(start: number, bytes: Uint8Array): void {
    const known = this.#hashedBytes - start;
    if (known < 0 || known >= bytes.length) return;
    this.#hash.update(bytes.subarray(known));
    this.#hashedBytes = start + bytes.length;
  }

  #verified({ size, md5Hash }: StoredObject, name: string): SentObject['verified'] {
    const { sizeBytes } = this.#work.sending;
    if (Number(size) !== sizeBytes) {
      const algorithm = 'size in bytes';
      throw new Failure('cloud.digest-mismatch', {
        name,
        algorithm,
        expected: String(sizeBytes),
        actual: size,
      });
    }
    if (md5Hash === undefined || this.#hashedBytes !== sizeBytes) return null;
    const digest = this.#hash.digest('hex');
    const actual = Buffer.from(md5Hash, 'base64').toString('hex');
    if (actual === digest) return { algorithm: 'md5', digest };
    throw new Failure('cloud.digest-mismatch', { name, algorithm: 'md5', expected: digest, actual });
  }

  #failure(status: number, body: string): Failure {
    const { client, key } = this.#work;
    const { bucket, storageAddress } = client.settings;
    const problems: Readonly<Record<number, Message>> = {
      404: inEnglish('there is no bucket "{bucket}"', { bucket }),
      412: inEnglish(
        '{bucket} has an object "{key}" already; choose another name, or say that it may be replaced',
        { bucket, key },
      ),
    };
    const problem = problems[status];
    if (problem !== undefined) return new Failure('cloud.refused', { action, status, problem });
    return googleFailure(action, status, body, storageAddress);
  }

  async #again<T>(request: () => Promise<T>): Promise<T> {
    return attempted({ ...this.#work.attempts, again: () => void this.#retries++ }, request);
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** @throws Failure `cloud.unreachable`. */
export async function endSession(client: GoogleClient, session: string): Promise<void> {
  await text(await client.askOpenly(session, { method: 'DELETE' }));
}
