/** Images of Compute Engine: made of an object, listed, deleted; each of that is an operation to wait for. */
import type { CloudImage } from '#shared/domain/cloud-image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { pause } from '../control.ts';
import type { GoogleClient } from './client.ts';

export const uploadLabel = 'platter-upload';

interface Operation {
  readonly name: string;
  readonly status: string;
  readonly error?: { readonly errors?: readonly { readonly code?: string; readonly message?: Message }[] };
}

interface ComputeImage {
  readonly name: string;
  readonly status?: string;
  readonly diskSizeGb?: string;
  readonly architecture?: string;
  readonly creationTimestamp?: string;
  readonly family?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface NewImage {
  readonly name: string;
  readonly key: string;
  readonly tag: string;
  /** X86_64 or ARM64. */
  readonly architecture: string;
  readonly uefi: boolean;
}

/** Of the project, or one of its images. */
function imagesAt({ settings }: GoogleClient, name?: string): string {
  const { computeAddress, project } = settings;
  const all = `${computeAddress}/compute/v1/projects/${encodeURIComponent(project)}/global/images`;
  return name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
}

/** Returns when the image is there. @throws Failure `cloud.*`. */
export async function insertImage(client: GoogleClient, image: NewImage, signal: AbortSignal): Promise<void> {
  const { name, key, tag, architecture, uefi } = image;
  const path = key.split('/').map(encodeURIComponent).join('/');
  const operation = await client.json<Operation>(inEnglish('make an image'), imagesAt(client), {
    method: 'POST',
    signal,
    json: {
      name,
      architecture,
      rawDisk: { source: `https://storage.googleapis.com/${client.settings.bucket}/${path}` },
      labels: { [uploadLabel]: tag },
      guestOsFeatures: [{ type: 'VIRTIO_SCSI_MULTIQUEUE' }, ...(uefi ? [{ type: 'UEFI_COMPATIBLE' }] : [])],
    },
  });
  await finished(client, operation, inEnglish('make an image'), signal);
}

/** Null for none. */
export async function findImage(
  client: GoogleClient,
  name: string,
  signal?: AbortSignal,
): Promise<ComputeImage | null> {
  return client.find<ComputeImage>(
    inEnglish('look at the image'),
    imagesAt(client, name),
    withSignal(signal),
  );
}

/** Waits for an image that is being made. @throws Failure `cloud.*`, also where it comes to nothing. */
export async function imageReady(
  client: GoogleClient,
  name: string,
  pollMilliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const image = await findImage(client, name, signal);
    if (image?.status === 'READY') return;
    if (image?.status !== 'PENDING') {
      const problem = inEnglish('it does not say why');
      throw new Failure('cloud.refused', { action: inEnglish('make an image'), status: 200, problem });
    }
    await pause(pollMilliseconds, signal);
  }
}

/** The newest first. @throws Failure `cloud.*`. */
export async function listImages(client: GoogleClient, signal?: AbortSignal): Promise<readonly CloudImage[]> {
  const images: ComputeImage[] = [];
  let page = '';
  do {
    const query = page === '' ? '' : `?pageToken=${encodeURIComponent(page)}`;
    const answer = await client.json<{ items?: ComputeImage[]; nextPageToken?: string }>(
      inEnglish('list images'),
      `${imagesAt(client)}${query}`,
      withSignal(signal),
    );
    images.push(...(answer.items ?? []));
    page = answer.nextPageToken ?? '';
  } while (page !== '');
  return images.map(described).sort((one, other) => other.createdAt.localeCompare(one.createdAt));
}

/** Done when there is none. @throws Failure `cloud.*`. */
export async function deleteImage(client: GoogleClient, name: string, signal?: AbortSignal): Promise<void> {
  const operation = await client.find<Operation>(inEnglish('delete the image'), imagesAt(client, name), {
    method: 'DELETE',
    ...withSignal(signal),
  });
  if (operation !== null) await finished(client, operation, inEnglish('delete the image'), signal);
}

/** The call itself waits, two minutes at most. */
async function finished(
  client: GoogleClient,
  begun: Operation,
  action: Message,
  signal?: AbortSignal,
): Promise<void> {
  const { computeAddress, project } = client.settings;
  let operation = begun;
  while (operation.status !== 'DONE') {
    signal?.throwIfAborted();
    const address = `${computeAddress}/compute/v1/projects/${encodeURIComponent(project)}/global/operations/${encodeURIComponent(begun.name)}/wait`;
    operation = await client.json<Operation>(action, address, { method: 'POST', ...withSignal(signal) });
  }
  const [error] = operation.error?.errors ?? [];
  if (error === undefined) return;
  const problem = error.message ?? error.code ?? inEnglish('it does not say why');
  if (/QUOTA/.test(error.code ?? '')) throw new Failure('cloud.quota', { problem });
  throw new Failure('cloud.refused', { action, status: 200, problem });
}

const withSignal = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });

function described(image: ComputeImage): CloudImage {
  const { name, status, diskSizeGb, architecture, creationTimestamp, family, labels } = image;
  const createdAt = creationTimestamp ?? '';
  return {
    kind: 'image',
    id: name,
    name,
    status: (status ?? 'unknown').toLowerCase(),
    isComplete: status === 'READY',
    diskFormat: null,
    sizeBytes: diskSizeGb === undefined ? null : Number(diskSizeGb) * 2 ** 30,
    isProtected: false,
    tags: [],
    hash: null,
    createdAt,
    updatedAt: createdAt,
    facts: [
      ...(architecture === undefined ? [] : [{ label: inEnglish('Architecture'), value: architecture }]),
      ...(family === undefined ? [] : [{ label: inEnglish('Family'), value: family }]),
    ],
    properties: Object.fromEntries(Object.entries(labels ?? {}).filter(([label]) => label !== uploadLabel)),
    record: null,
  };
}
