/** Uploads to Glance: created, inspected, sent, imported where that is asked, compared, and removed again when it fails. */
import { randomUUID } from 'node:crypto';
import type { CloudImage, CloudObject } from '#shared/domain/cloud-image.ts';
import type { UploadedImage, UploadPart, UploadResult, UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { abortable, pause, type TransferControl } from '../control.ts';
import { Sending } from '../sending.ts';
import { inspect } from '#engine/operations/inspect.ts';
import { diskFormatOf } from '../../clouds/openstack/glance.ts';
import { Glance, type NewImage } from './glance.ts';
import { requireProperties } from './image.ts';
import { requireInspected } from './inspection.ts';
import type { OpenStackAccess } from './settings.ts';
import { glanceOptions, type GlanceOptions } from './uploads.ts';

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
  access: OpenStackAccess,
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

function requireWork({ parts }: UploadWork): void {
  for (const { properties } of parts) requireProperties(Object.keys(properties));
}

type Formats = Pick<NewImage, 'diskFormat' | 'containerFormat'>;
/** A part, and what the cloud is told that it is. */
type KnownPart = UploadPart & Formats;

const setFormats = { kernel: 'aki', ramdisk: 'ari' } as const;

/** @throws Failure `input.invalid` where nothing says it; of looking at the file. */
function formatsOf(
  { role, source }: UploadPart,
  isSet: boolean,
  { diskFormat, containerFormat }: GlanceOptions,
  control: TransferControl,
): Formats {
  if (role !== 'image') return { diskFormat: setFormats[role], containerFormat: setFormats[role] };
  const container = containerFormat ?? (isSet ? 'ami' : 'bare');
  const told = diskFormat ?? (isSet ? 'ami' : null);
  if (told !== null) return { diskFormat: told, containerFormat: container };
  if (source.kind === 'address') {
    throw new Failure('input.invalid', { problem: inEnglish('say what the address holds: the disk format') });
  }
  const found =
    source.kind === 'raw'
      ? 'raw'
      : diskFormatOf(
          source.kind === 'converted'
            ? { kind: 'disk', format: source.target.format }
            : inspect(source.reference, control, false),
        );
  return { diskFormat: found, containerFormat: container };
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
  readonly #options: GlanceOptions;
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
    this.#options = glanceOptions(work.options);
    this.#glance = glance;
    this.#control = control;
    this.#signal = signal;
    this.#restsMilliseconds = restsMilliseconds;
  }

  async run(): Promise<readonly UploadedImage[]> {
    const images: UploadedImage[] = [];
    // Who is not let in, or reaches nobody, has made nothing: that shows before anything is on record.
    await this.#glance.find(randomUUID(), this.#signal);
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
    // Several images are not a set: that has a kernel, or a RAM disk.
    const isSet = this.#work.parts.some(({ role }) => role !== 'image');
    const formats = formatsOf(part, isSet, this.#options, this.#control);
    const properties = part.role === 'image' ? { ...setOf(before), ...part.properties } : part.properties;
    const complete = { ...part, ...formats, properties };
    if (complete.source.kind === 'address') {
      const id = await this.#create(complete);
      const method = { name: 'web-download', uri: complete.source.address } as const;
      await this.#glance.import(id, { method, stores: this.#options.stores }, this.#signal);
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
  async #create({ name, diskFormat, containerFormat, properties }: KnownPart): Promise<string> {
    const { visibility, tags, minDiskGigabytes, minMemoryMegabytes } = this.#options;
    const object = { account: this.#work.account, kind: 'image', id: randomUUID(), name } as const;
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
        tags,
        minDiskGigabytes,
        minMemoryMegabytes,
        properties,
      },
      this.#signal,
    );
    return object.id;
  }

  /** Glance takes no second half: what broke off begins again, in the same image where that still waits for its bytes. */
  async #send(part: KnownPart, sending: Sending): Promise<Sent> {
    const { isImport, stores } = this.#options;
    const target = isImport ? 'stage' : 'file';
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

  async #finish(part: KnownPart, sent: Sent, sending: Sending | null): Promise<UploadedImage> {
    const { isImport, isProtected } = this.#options;
    const { wait = true } = this.#work;
    this.#control.begin('finishing', 0, part.name);
    const imports = isImport || part.source.kind === 'address';
    let image =
      imports && wait ? await this.#imported(sent.id, part) : await this.#glance.show(sent.id, this.#signal);
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
  async #imported(id: string, { source }: KnownPart): Promise<CloudImage> {
    for (;;) {
      const image = await this.#glance.show(id, this.#signal);
      if (image.status === 'active') return image;
      const failed = image.properties['os_glance_failed_import'] ?? '';
      if (image.status === 'killed' || image.status === 'queued' || failed !== '') {
        const problem =
          (await this.#glance.importProblem(id, this.#signal)) ?? inEnglish('it does not say why');
        const action =
          source.kind === 'address'
            ? inEnglish('fetch {address}', { address: source.address })
            : inEnglish('import the image');
        throw new Failure('cloud.refused', { action, status: 202, problem });
      }
      await pause(pollMilliseconds, this.#signal);
    }
  }

  #compare(
    part: KnownPart,
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
