/** Uploads to Google Cloud: the file into the bucket, and an image made of it. */
import { randomUUID } from 'node:crypto';
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { CloudObject } from '#shared/domain/cloud-image.ts';
import type { UploadedImage, UploadPart, UploadResult, UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { attempted, mayGoOn, usualRestsMilliseconds, type Attempts } from '../attempts.ts';
import { abortable, type TransferControl } from '../control.ts';
import { Sending } from '../sending.ts';
import { GoogleClient } from './client.ts';
import { deleteImage, findImage, imageReady, insertImage, uploadLabel } from './images.ts';
import { deleteObject, findObject } from './objects.ts';
import { endSession, sendResumable, type SentObject } from './resumable.ts';
import { SessionRecord, type RecordedSession } from './session-record.ts';
import { googleSettings } from './settings.ts';

export interface GoogleUploadOptions {
  readonly restsMilliseconds?: readonly number[];
  readonly pollMilliseconds?: number;
}

/** What an image may be called: images.insert in the Compute Engine reference. */
const imageName = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const growth = { unitBytes: 1 << 30, leastBytes: 1 << 30 } as const;
const kinds = { object: 'object', image: 'image' } as const;
/** Between the name of what is on record and the tag that proves it to be ours. */
const tagMark = '#';

/**
 * What the network cut off, or was put off, goes on with the same job; else nothing half-made is left behind.
 * @throws Failure `cloud.*`, `input.invalid`, `io.*`, `image.*`, `operation.*`.
 */
export async function uploadImage(
  work: UploadWork,
  access: CloudAccess,
  control: TransferControl,
  { restsMilliseconds = usualRestsMilliseconds, pollMilliseconds = 5000 }: GoogleUploadOptions = {},
): Promise<UploadResult> {
  const [part, ...others] = work.parts;
  if (part === undefined || others.length > 0) throw invalid(inEnglish('it takes one file at a time'));
  const client = new GoogleClient(googleSettings(access.settings));
  try {
    const image = await abortable(control, (signal) =>
      new GoogleUpload(work, client, control, { restsMilliseconds, signal }, pollMilliseconds).run(part),
    );
    return { account: work.account, images: [image] };
  } finally {
    client.close();
  }
}

class GoogleUpload {
  readonly #work: UploadWork;
  readonly #client: GoogleClient;
  readonly #control: TransferControl;
  readonly #attempts: Attempts;
  readonly #pollMilliseconds: number;
  readonly #record: SessionRecord;
  /** Of an earlier run of the job, or new. */
  #tag = randomUUID() as string;
  /** What has been made and is not to stay if it fails, the newest last. */
  readonly #made: CloudObject[] = [];

  constructor(
    work: UploadWork,
    client: GoogleClient,
    control: TransferControl,
    attempts: Attempts,
    pollMilliseconds: number,
  ) {
    this.#work = work;
    this.#client = client;
    this.#control = control;
    this.#attempts = attempts;
    this.#pollMilliseconds = pollMilliseconds;
    this.#record = new SessionRecord(control);
  }

  async run({ source: given, name, role }: UploadPart): Promise<UploadedImage> {
    const source = grown(given);
    if (source.kind === 'address') throw invalid(inEnglish('Cloud Storage fetches nothing by itself'));
    const { options } = this.#work;
    const inserts = options['insert'] !== false;
    const key = `${this.#client.settings.prefix}${name}${inserts ? '.tar.gz' : ''}`;
    const recorded = this.#record.read(key);
    if (recorded !== null) this.#tag = recorded.tag;
    const isMade = inserts && (await this.#isMade(name));
    // Who is not let in has made nothing: that shows before anything is on record.
    if (!inserts) await attempted(this.#attempts, () => findObject(this.#client, key, this.#tag));
    const sending = new Sending(source, this.#control);
    try {
      if (sending.sizeBytes === 0) throw invalid(inEnglish('{path} is empty', { path: sending.path }));
      if (inserts) requireGzip(sending);
      const sent = await this.#send(key, name, sending, isMade, recorded);
      if (inserts) await this.#insert(name, key);
      if (inserts && options['keepFile'] !== true) await this.#removeFile();
      for (const object of this.#made) this.#complete(object);
      this.#record.clear();
      return {
        id: inserts ? name : key,
        name,
        role,
        status: inserts ? 'ready' : 'stored',
        sizeBytes: sending.sizeBytes,
        verified: sent.verified,
        converted: null,
        retries: sent.retries,
        sentBytes: sent.sentBytes,
      };
    } catch (error) {
      await this.#giveUp(error);
      throw error;
    } finally {
      sending.close();
    }
  }

  /** What another run of the job can go on with stays, and is on record. The signal is not asked: it may be what led here. */
  async #giveUp(error: unknown): Promise<void> {
    if (this.#record.outlives && mayGoOn(error)) return;
    this.#record.clear();
    // The failure that led here says more than one of removing: what stays is on record.
    for (const object of [...this.#made].reverse()) await this.#remove(object).catch(() => {});
  }

  /**
   * Whether an earlier run of the job has made the image already.
   * @throws Failure `cloud.refused` where another one has its name: before the file is sent, and not after it.
   */
  async #isMade(name: string): Promise<boolean> {
    if (!imageName.test(name)) {
      throw invalid(
        inEnglish('an image’s name has small letters, digits and dashes, begins with a letter, 63 at most'),
      );
    }
    const { signal } = this.#attempts;
    const other = await attempted(this.#attempts, () => findImage(this.#client, name, signal));
    if (other === null) return false;
    if (other.labels?.[uploadLabel] === this.#tag) return true;
    const problem = inEnglish('there is an image "{name}" already; choose another name', { name });
    throw new Failure('cloud.refused', { action: inEnglish('make an image'), status: 409, problem });
  }

  async #send(
    key: string,
    name: string,
    sending: Sending,
    isMade: boolean,
    recorded: RecordedSession | null,
  ): Promise<SentObject> {
    const object = this.#making(kinds.object, key, name);
    if (isMade) return { verified: null, sentBytes: 0, retries: 0 };
    return sendResumable({
      client: this.#client,
      key,
      tag: this.#tag,
      object,
      replaces: this.#work.options['replace'] === true,
      sending,
      control: this.#control,
      attempts: this.#attempts,
      record: this.#record,
      recorded,
    });
  }

  async #insert(name: string, key: string): Promise<void> {
    const { options } = this.#work;
    this.#control.begin('finishing', 0, name);
    this.#making(kinds.image, name, name);
    const { signal } = this.#attempts;
    const image = {
      name,
      key,
      tag: this.#tag,
      architecture: String(options['architecture']),
      uefi: options['uefi'] === true,
    };
    await attempted(this.#attempts, async () => {
      // An answer that was lost on the way may have been a yes.
      const there = await findImage(this.#client, name, signal);
      if (there?.labels?.[uploadLabel] === this.#tag)
        await imageReady(this.#client, name, this.#pollMilliseconds, signal);
      else await insertImage(this.#client, image, signal);
    });
  }

  async #removeFile(): Promise<void> {
    const object = this.#made.find(({ kind }) => kind === kinds.object)!;
    await this.#remove(object);
  }

  #making(kind: string, id: string, name: string): CloudObject {
    const object = { account: this.#work.account, kind, id: `${id}${tagMark}${this.#tag}`, name };
    this.#control.cloudObject({ event: 'making', object });
    this.#made.push(object);
    return object;
  }

  /** Known from now on as the list of images has it: no clean-up asks for the tag any more. */
  #complete(object: CloudObject): void {
    const complete = { ...object, id: object.id.slice(0, object.id.lastIndexOf(tagMark)) };
    this.#control.cloudObject({ event: 'making', object: complete });
    this.#control.cloudObject({ event: 'made', object: complete });
    this.#control.cloudObject({ event: 'gone', object });
  }

  async #remove(object: CloudObject): Promise<void> {
    await discardWith(this.#client, object);
    this.#made.splice(this.#made.indexOf(object), 1);
    this.#control.cloudObject({ event: 'gone', object });
  }
}

/**
 * Takes away what was left, and ends its session where that is known; done when it is not there, or is somebody else's.
 * @throws Failure `cloud.*`.
 */
export async function discardObject(
  access: CloudAccess,
  object: CloudObject,
  signal?: AbortSignal,
  session: string | null = null,
): Promise<void> {
  const client = new GoogleClient(googleSettings(access.settings));
  try {
    if (session !== null) await endSession(client, session);
    await discardWith(client, object, signal);
  } finally {
    client.close();
  }
}

async function discardWith(
  client: GoogleClient,
  { kind, id }: CloudObject,
  signal?: AbortSignal,
): Promise<void> {
  const at = id.lastIndexOf(tagMark);
  // It was complete.
  if (at < 0) return;
  const [name, tag] = [id.slice(0, at), id.slice(at + 1)];
  if (kind === kinds.image) {
    const image = await findImage(client, name, signal);
    if (image?.labels?.[uploadLabel] === tag) await deleteImage(client, name, signal);
    return;
  }
  await deleteObject(client, name, tag, signal);
}

/** A disk that is packed on the way grows on the way, too: Compute Engine counts whole GiB. */
function grown(source: UploadPart['source']): UploadPart['source'] {
  if (source.kind !== 'converted') return source;
  return { ...source, reference: { ...source.reference, grown: growth } };
}

/** Compute Engine would say so after the upload. @throws Failure `input.invalid`. */
function requireGzip(sending: Sending): void {
  const magic = new Uint8Array(2);
  if (sending.sizeBytes >= 2) sending.read(0, magic);
  if (magic[0] === 0x1f && magic[1] === 0x8b) return;
  throw invalid(
    inEnglish(
      'an image is made of a tar.gz alone: have the disk packed while it is sent, or leave the image out',
    ),
  );
}

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
