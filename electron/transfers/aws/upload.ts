/** Uploads to Amazon EC2: a snapshot written block by block, and an image registered from it. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { CloudObject } from '#shared/domain/cloud-image.ts';
import type { UploadedImage, UploadPart, UploadResult, UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { asValue, inEnglish, type Message } from '#shared/in-english.ts';
import { attempted, mayGoOn, usualRestsMilliseconds, type Attempts } from '../attempts.ts';
import { abortable, type TransferControl } from '../control.ts';
import { Sending } from '../sending.ts';
import { BlockRecord } from './block-record.ts';
import { AwsCloud } from './client.ts';
import { awsSettings } from './settings.ts';
import { writeSnapshot, type WrittenSnapshot } from './snapshot.ts';

export interface AwsUploadOptions {
  readonly restsMilliseconds?: readonly number[];
  readonly pollMilliseconds?: number;
}

/** What an image may be called: RegisterImage in EC2's reference. */
const imageName = /^[A-Za-z0-9()[\] ./'@_-]{3,128}$/;
/** An object that has no id yet is on record by its tag. */
const byTag = 'tag:';

/**
 * Uploads the disk and registers it where that is asked. What the network cut off, or was put off, goes on with the same job.
 * @throws Failure `cloud.*`, `input.invalid`, `io.*`, `image.*`, `operation.*`.
 */
export async function uploadSnapshots(
  work: UploadWork,
  access: CloudAccess,
  control: TransferControl,
  options: AwsUploadOptions = {},
): Promise<UploadResult> {
  const { restsMilliseconds = usualRestsMilliseconds, pollMilliseconds = 5000 } = options;
  const [part, ...others] = work.parts;
  if (part === undefined || others.length > 0) throw invalid(inEnglish('it takes one disk at a time'));
  const cloud = await AwsCloud.open(awsSettings(access.settings, access.secret));
  try {
    const image = await abortable(control, (signal) =>
      new SnapshotUpload(work, cloud, control, { restsMilliseconds, signal }, pollMilliseconds).run(part),
    );
    return { account: work.account, images: [image] };
  } finally {
    cloud.close();
  }
}

class SnapshotUpload {
  readonly #work: UploadWork;
  readonly #cloud: AwsCloud;
  readonly #control: TransferControl;
  readonly #attempts: Attempts;
  readonly #pollMilliseconds: number;
  /** What is on record and not complete, by its kind. */
  readonly #recorded = new Map<string, CloudObject>();

  constructor(
    work: UploadWork,
    cloud: AwsCloud,
    control: TransferControl,
    attempts: Attempts,
    pollMilliseconds: number,
  ) {
    this.#work = work;
    this.#cloud = cloud;
    this.#control = control;
    this.#attempts = attempts;
    this.#pollMilliseconds = pollMilliseconds;
  }

  async run({ source, name, role }: UploadPart): Promise<UploadedImage> {
    if (source.kind === 'address') throw invalid(inEnglish('EBS fetches nothing by itself'));
    const registers = this.#work.options['register'] !== false;
    if (registers) await this.#requireFree(name);
    // Who is not let in has made nothing: that shows before anything is on record.
    else await attempted(this.#attempts, () => this.#cloud.uploadedSnapshots(name, this.#attempts.signal));
    const sending = new Sending(source, this.#control);
    try {
      if (sending.sizeBytes === 0) throw invalid(inEnglish('{path} is empty', { path: sending.path }));
      const written = await this.#write(name, sending);
      return {
        id: registers ? await this.#register(name, written) : written.snapshotId,
        name,
        role,
        status: registers ? 'registered' : 'completed',
        sizeBytes: sending.sizeBytes,
        verified: { algorithm: 'sha256 of blocks', digest: written.digest },
        converted: null,
        retries: written.retries,
        sentBytes: written.sentBytes,
      };
    } finally {
      sending.close();
    }
  }

  /** Before hours of sending, and not after them. */
  async #requireFree(name: string): Promise<void> {
    if (!imageName.test(name)) {
      throw invalid(
        inEnglish(
          "an image’s name has 3 to 128 letters (a to z), digits, spaces, and of the signs ( ) [ ] . / - ' @ _",
        ),
      );
    }
    const { signal } = this.#attempts;
    const [other] = await attempted(this.#attempts, () => this.#cloud.images({ name }, signal));
    if (other === undefined) return;
    const problem = inEnglish('there is an image "{name}" already ({imageId}); choose another name', {
      name,
      imageId: other.ImageId ?? '',
    });
    throw new Failure('cloud.refused', { action: inEnglish('take the image'), status: 409, problem });
  }

  async #write(name: string, sending: Sending): Promise<WrittenSnapshot> {
    try {
      const written = await writeSnapshot({
        cloud: this.#cloud,
        name,
        sending,
        control: this.#control,
        signal: this.#attempts.signal,
        restsMilliseconds: this.#attempts.restsMilliseconds,
        pollMilliseconds: this.#pollMilliseconds,
        begun: (tag, id) => this.#making('snapshot', name, id ?? `${byTag}${tag}`),
      });
      this.#complete('snapshot');
      return written;
    } catch (error) {
      await this.#giveUp(error).catch(() => {});
      throw error;
    }
  }

  async #register(name: string, { snapshotId, tag }: WrittenSnapshot): Promise<string> {
    const { options } = this.#work;
    const bootMode = String(options['bootMode']);
    const { signal } = this.#attempts;
    this.#making('image', name, `${byTag}${tag}`);
    const image = {
      name,
      snapshotId,
      tag,
      architecture: String(options['architecture']),
      bootMode: bootMode === 'usual' ? '' : bootMode,
    };
    try {
      const id = await attempted(this.#attempts, async () => {
        // An answer that was lost on the way may have been a yes.
        const [there] = await this.#cloud.images({ token: tag }, signal);
        return there?.ImageId ?? this.#cloud.register(image, signal);
      });
      this.#making('image', name, id);
      this.#complete('image');
      return id;
    } catch (error) {
      if (!(error instanceof Failure) || !wasRefused(error)) throw error;
      this.#forget('image');
      // What took hours to send stays.
      const { problem } = error.details;
      throw new Failure(
        'cloud.refused',
        {
          action: inEnglish('register the image'),
          status: 409,
          problem: inEnglish('{problem} (its snapshot {snapshotId} is complete and stays)', {
            problem: asValue(problem),
            snapshotId,
          }),
        },
        error,
      );
    }
  }

  #making(kind: string, name: string, id: string): void {
    const before = this.#recorded.get(kind);
    const object = { account: this.#work.account, kind, id, name };
    this.#control.cloudObject({ event: 'making', object });
    this.#recorded.set(kind, object);
    if (before !== undefined && before.id !== id)
      this.#control.cloudObject({ event: 'gone', object: before });
  }

  #complete(kind: string): void {
    this.#control.cloudObject({ event: 'made', object: this.#recorded.get(kind)! });
    this.#recorded.delete(kind);
  }

  #forget(kind: string): void {
    this.#control.cloudObject({ event: 'gone', object: this.#recorded.get(kind)! });
    this.#recorded.delete(kind);
  }

  /** The signal is not asked: it may be what led here. What another run of the job can go on with stays, and is on record. */
  async #giveUp(error: unknown): Promise<void> {
    const object = this.#recorded.get('snapshot');
    if (object === undefined || (mayGoOn(error) && this.#control.journal !== null)) return;
    new BlockRecord(this.#control.journal).clear();
    await discardWith(this.#cloud, object);
    this.#forget('snapshot');
  }
}

/** Takes away what was left; done when it is not there. @throws Failure `cloud.*`. */
export async function discardObject(
  access: CloudAccess,
  object: CloudObject,
  signal?: AbortSignal,
): Promise<void> {
  const cloud = await AwsCloud.open(awsSettings(access.settings, access.secret));
  try {
    await discardWith(cloud, object, signal);
  } finally {
    cloud.close();
  }
}

async function discardWith(cloud: AwsCloud, { kind, id }: CloudObject, signal?: AbortSignal): Promise<void> {
  const tag = id.startsWith(byTag) ? id.slice(byTag.length) : null;
  if (kind === 'image') {
    const images = tag === null ? [{ ImageId: id }] : await cloud.images({ token: tag }, signal);
    for (const { ImageId } of images) await cloud.deregister(ImageId!, signal);
    return;
  }
  const snapshots = tag === null ? [{ SnapshotId: id }] : await cloud.uploadedSnapshots(tag, signal);
  for (const { SnapshotId } of snapshots) await cloud.deleteSnapshot(SnapshotId!, signal);
}

function wasRefused(failure: Failure): failure is Failure<'cloud.refused' | 'cloud.forbidden'> {
  return failure.code === 'cloud.refused' || failure.code === 'cloud.forbidden';
}

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
