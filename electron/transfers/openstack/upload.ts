/** Uploads to Glance: created, inspected, sent, imported where that is asked, compared, and removed again when it fails. */
import { randomUUID } from 'node:crypto';
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { CloudImage, CloudObject } from '#shared/domain/cloud-image.ts';
import type { UploadedImage, UploadPart, UploadResult, UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { abortable, pause, type TransferControl } from '../control.ts';
import { Sending } from '../sending.ts';
import { Glance } from './glance.ts';
import { requireProperties } from './image.ts';
import { requireInspected } from './inspection.ts';

/** The digest that Glance computes unless its operator chose another. */
const usualAlgorithm = 'sha512';
/** Rests before the same is sent again; as many attempts and one more are made. */
const defaultRestsMilliseconds: readonly number[] = [1000, 4000, 15_000];
const pollMilliseconds = 1000;

export interface UploadOptions {
  readonly restsMilliseconds?: readonly number[];
}

/**
 * Uploads all parts in their order. What fails or is stopped is deleted again, with all parts before it.
 * @throws Failure `cloud.*`, `input.invalid`, `io.*`, `image.*`, `operation.*`.
 */
export async function uploadImages(
  work: UploadWork,
  access: CloudAccess,
  control: TransferControl,
  options: UploadOptions = {},
): Promise<UploadResult> {
  requireWork(work);
  const glance = new Glance(access);
  try {
    const images = await abortable(control, (signal) =>
      new Upload(work, glance, control, signal, options.restsMilliseconds ?? defaultRestsMilliseconds).run(),
    );
    return { account: work.account, images };
  } finally {
    glance.close();
  }
}

function requireWork({ parts, method }: UploadWork): void {
  if (parts.length === 0) throw new Failure('input.invalid', { problem: 'there is nothing to upload' });
  for (const { source, properties } of parts) {
    requireProperties(Object.keys(properties));
    if ((source.kind === 'address') !== (method === 'web-download')) {
      throw new Failure('input.invalid', {
        problem: 'the cloud fetches addresses, and takes files: not the other way round',
      });
    }
  }
}

/** One part on its way. */
interface Sent {
  readonly id: string;
  /** Of what was sent; null for what the cloud fetches. */
  readonly digest: { readonly algorithm: string; readonly value: string } | null;
  readonly retries: number;
}

class Upload {
  readonly #work: UploadWork;
  readonly #glance: Glance;
  readonly #control: TransferControl;
  readonly #signal: AbortSignal;
  readonly #restsMilliseconds: readonly number[];
  /** What has been made so far, the newest last. */
  readonly #made: CloudObject[] = [];

  constructor(
    work: UploadWork,
    glance: Glance,
    control: TransferControl,
    signal: AbortSignal,
    restsMilliseconds: readonly number[],
  ) {
    this.#work = work;
    this.#glance = glance;
    this.#control = control;
    this.#signal = signal;
    this.#restsMilliseconds = restsMilliseconds;
  }

  async run(): Promise<readonly UploadedImage[]> {
    const images: UploadedImage[] = [];
    try {
      for (const part of this.#work.parts) images.push(await this.#part(part, images));
    } catch (error) {
      await this.#removeAll();
      throw error;
    }
    for (const object of this.#made) this.#control.cloudObject({ event: 'made', object });
    return images;
  }

  async #part(part: UploadPart, before: readonly UploadedImage[]): Promise<UploadedImage> {
    const complete =
      part.role === 'image' ? { ...part, properties: { ...setOf(before), ...part.properties } } : part;
    if (complete.source.kind === 'address') {
      const id = await this.#create(complete);
      const method = { name: 'web-download', uri: complete.source.address } as const;
      await this.#glance.import(id, { method, stores: this.#work.stores ?? [] }, this.#signal);
      return this.#finish(complete, { id, digest: null, retries: 0 }, null);
    }
    const sending = new Sending(complete.source, this.#control);
    try {
      requireInspected(sending, complete);
      const sent = await this.#send(complete, sending);
      return await this.#finish(complete, sent, sending);
    } finally {
      sending.close();
    }
  }

  /** On record before it is there: the cloud takes the id that we choose. */
  async #create({ name, diskFormat, containerFormat, properties }: UploadPart): Promise<string> {
    const { account, visibility, tags, minDiskGigabytes, minMemoryMegabytes } = this.#work;
    const object = { account, kind: 'image', id: randomUUID(), name } as const;
    this.#control.cloudObject({ event: 'making', object });
    this.#made.push(object);
    await this.#glance.create(
      {
        id: object.id,
        name,
        diskFormat,
        containerFormat,
        visibility,
        // What is protected could not be removed if it fails.
        isProtected: false,
        tags: tags ?? [],
        minDiskGigabytes: minDiskGigabytes ?? 0,
        minMemoryMegabytes: minMemoryMegabytes ?? 0,
        properties,
      },
      this.#signal,
    );
    return object.id;
  }

  /** Glance takes no second half: what broke off begins again, in the same image where that still waits for its bytes. */
  async #send(part: UploadPart, sending: Sending): Promise<Sent> {
    const { method, stores = [] } = this.#work;
    const target = method === 'glance-direct' ? 'stage' : 'file';
    let id = await this.#create(part);
    for (let retries = 0; ; retries++) {
      this.#control.begin('uploading', sending.sizeBytes, part.name);
      const content = sending.content(usualAlgorithm, this.#control);
      try {
        const store = target === 'file' ? stores[0] : undefined;
        await this.#glance.send(id, target, content, sending.sizeBytes, store, this.#signal);
        if (target === 'stage') {
          await this.#glance.import(id, { method: { name: 'glance-direct' }, stores }, this.#signal);
        }
        return { id, digest: { algorithm: usualAlgorithm, value: content.digest() }, retries };
      } catch (error) {
        const rest = this.#restsMilliseconds[retries];
        if (rest === undefined || !isPassing(error)) throw error;
        this.#signal.throwIfAborted();
        await pause(rest, this.#signal);
        if (!(await this.#stillWaits(id))) id = await this.#create(part);
      }
    }
  }

  /** Whether the image takes its bytes another time; else it is removed. */
  async #stillWaits(id: string): Promise<boolean> {
    const image = await this.#glance.find(id, this.#signal);
    if (image?.status === 'queued') return true;
    const object = this.#made.find((candidate) => candidate.id === id)!;
    await this.#remove(object);
    return false;
  }

  async #finish(part: UploadPart, sent: Sent, sending: Sending | null): Promise<UploadedImage> {
    const { method, wait = true, isProtected = false } = this.#work;
    this.#control.begin('finishing', 0, part.name);
    const imports = method !== 'upload';
    let image =
      imports && wait ? await this.#imported(sent.id) : await this.#glance.show(sent.id, this.#signal);
    const isComplete = image.status === 'active';
    const { converted, verified } =
      sending === null || !isComplete
        ? { converted: null, verified: null }
        : this.#compare(part, image, sent, sending);
    if (isProtected && isComplete) image = await this.#glance.change(sent.id, { isProtected }, this.#signal);
    return {
      id: sent.id,
      name: part.name,
      role: part.role,
      status: image.status,
      sizeBytes: image.sizeBytes,
      verified,
      converted,
      retries: sent.retries,
    };
  }

  /** Waits until an import is over. @throws Failure `cloud.refused` when it came to nothing. */
  async #imported(id: string): Promise<CloudImage> {
    for (;;) {
      const image = await this.#glance.show(id, this.#signal);
      if (image.status === 'active') return image;
      const failed = image.properties['os_glance_failed_import'] ?? '';
      if (image.status === 'killed' || image.status === 'queued' || failed !== '') {
        const problem = (await this.#glance.importProblem(id, this.#signal)) ?? 'it does not say why';
        throw new Failure('cloud.refused', { action: 'import the image', status: 202, problem });
      }
      await pause(pollMilliseconds, this.#signal);
    }
  }

  #compare(
    part: UploadPart,
    image: CloudImage,
    { digest }: Sent,
    sending: Sending,
  ): Pick<UploadedImage, 'converted' | 'verified'> {
    const { hash, diskFormat, sizeBytes } = image;
    if (hash === null || digest === null) return { converted: null, verified: null };
    const { algorithm } = hash;
    const sent = algorithm === digest.algorithm ? digest.value : sending.digest(algorithm, this.#control);
    if (sent === hash.value) return { converted: null, verified: { algorithm, digest: sent } };
    if (diskFormat !== part.diskFormat || sizeBytes !== sending.sizeBytes) {
      return { converted: { from: part.diskFormat, to: diskFormat ?? 'unknown' }, verified: null };
    }
    throw new Failure('cloud.digest-mismatch', {
      name: part.name,
      algorithm,
      expected: sent,
      actual: hash.value,
    });
  }

  /** The failure that led here says more than one of removing: what stays is on record. */
  async #removeAll(): Promise<void> {
    for (const object of [...this.#made].reverse()) await this.#remove(object).catch(() => {});
  }

  /** The signal is not asked: it may be what led here. */
  async #remove(object: CloudObject): Promise<void> {
    await this.#glance.delete(object.id);
    this.#made.splice(this.#made.indexOf(object), 1);
    this.#control.cloudObject({ event: 'gone', object });
  }
}

/** How an AMI names its kernel and its RAM disk. */
function setOf(images: readonly UploadedImage[]): Readonly<Record<string, string>> {
  return Object.fromEntries(images.flatMap(({ role, id }) => (role === 'image' ? [] : [[`${role}_id`, id]])));
}

/** What may be better the next time. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Failure)) return false;
  if (error.code === 'cloud.unreachable') return true;
  if (error.code !== 'cloud.refused') return false;
  const { status } = (error as Failure<'cloud.refused'>).details;
  return status >= 500 || status === 401 || status === 409 || status === 410;
}
