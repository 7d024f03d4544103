/** Glance, Image API v2: its calls, and its images as plain data. */
import type { AccountCheck } from '#shared/domain/cloud-account.ts';
import type { CloudImage, CloudImageChange } from '#shared/domain/cloud-image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { text, type HttpResponse } from '../http.ts';
import { imageOf, imageChangeOf, type ImageBody } from './image.ts';
import { refusal } from './refusals.ts';
import { parseAnswer, Session } from './session.ts';
import type { OpenStackAccess } from './settings.ts';

export interface NewImage {
  readonly id: string;
  readonly name: string;
  readonly diskFormat: string;
  readonly containerFormat: string;
  readonly visibility: string;
  readonly isProtected: boolean;
  readonly tags: readonly string[];
  readonly minDiskGigabytes: number;
  readonly minMemoryMegabytes: number;
  readonly properties: Readonly<Record<string, string>>;
}

/** What an import is asked to do. */
export interface ImportRequest {
  readonly method:
    { readonly name: 'glance-direct' } | { readonly name: 'web-download'; readonly uri: string };
  readonly stores: readonly string[];
}

/** A list that never ends is cut off. */
const mostImages = 10_000;
const pageImages = 100;

/** One cloud, seen with one account. */
export class Glance {
  readonly #session: Session;

  /** @throws Failure `io.*` for a file of authorities that cannot be read. */
  constructor(access: OpenStackAccess) {
    this.#session = new Session(access);
  }

  /** Logs in and asks what the cloud offers. @throws Failure `cloud.*`. */
  async check(signal?: AbortSignal): Promise<AccountCheck> {
    const { user, project, regions } = await this.#session.token(signal);
    const endpoint = await this.#session.endpoint(signal);
    const [methods, stores] = await Promise.all([this.importMethods(signal), this.stores(signal)]);
    const fact = (label: string, words: readonly string[]): AccountCheck['facts'] =>
      words.length === 0 ? [] : [{ label, value: words.join(', ') }];
    return {
      user,
      project,
      endpoint,
      facts: [
        ...fact(inEnglish('Regions'), regions),
        ...fact(inEnglish('Imports by'), methods),
        ...fact(inEnglish('Stores'), stores),
      ],
      choices: {
        method: ['upload', ...methods],
        stores,
      },
    };
  }

  /** Those of the project, those that are shared with it, and public ones; the newest first. @throws Failure `cloud.*`. */
  async list(signal?: AbortSignal): Promise<readonly CloudImage[]> {
    const images: CloudImage[] = [];
    let next: string | undefined = `/v2/images?limit=${pageImages}`;
    while (next !== undefined && images.length < mostImages) {
      const page: { images?: readonly ImageBody[]; next?: string } = await this.#session.json(
        inEnglish('list images'),
        next,
        {
          signal,
        },
      );
      images.push(...(page.images ?? []).map(imageOf));
      next = page.next;
    }
    return images;
  }

  /** Null when there is none. @throws Failure `cloud.*`. */
  async find(id: string, signal?: AbortSignal): Promise<CloudImage | null> {
    const { status, body } = await this.#session.ask(imagePath(id), { signal });
    if (status === 404) return null;
    if (status !== 200) throw refusal(inEnglish('show the image'), status, body);
    return imageOf(parseAnswer(body) as ImageBody);
  }

  /** @throws Failure `cloud.*`, `input.invalid` when there is none. */
  async show(id: string, signal?: AbortSignal): Promise<CloudImage> {
    const image = await this.find(id, signal);
    if (image === null)
      throw new Failure('input.invalid', {
        problem: inEnglish('there is no image {id} in the cloud', { id }),
      });
    return image;
  }

  async create(image: NewImage, signal?: AbortSignal): Promise<void> {
    const body = JSON.stringify({
      ...image.properties,
      id: image.id,
      name: image.name,
      disk_format: image.diskFormat,
      container_format: image.containerFormat,
      visibility: image.visibility,
      protected: image.isProtected,
      tags: image.tags,
      min_disk: image.minDiskGigabytes,
      min_ram: image.minMemoryMegabytes,
    });
    const response = await this.#session.ask('/v2/images', { method: 'POST', body, signal });
    if (response.status === 201) return;
    // A repetition of a request whose answer got lost.
    if (response.status === 409 && (await this.find(image.id, signal)) !== null) return;
    throw refusal(inEnglish('create the image'), response.status, response.body);
  }

  /** `PUT …/file`, or `PUT …/stage` for an import. The body is sent once: what breaks off is for the caller to begin again. */
  async send(
    id: string,
    target: 'file' | 'stage',
    content: AsyncIterable<Uint8Array>,
    sizeBytes: number,
    store: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const response = await this.#session.openOnce(`${imagePath(id)}/${target}`, {
      method: 'PUT',
      body: content,
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(sizeBytes),
        ...(store === undefined ? {} : { 'x-image-meta-store': store }),
      },
      signal,
    });
    if (response.status === 204) {
      response.body.resume();
      return;
    }
    throw refusal(inEnglish('take the image'), response.status, await text(response));
  }

  async import(id: string, { method, stores }: ImportRequest, signal?: AbortSignal): Promise<void> {
    const body = JSON.stringify({
      method,
      ...(stores.length === 0 ? {} : { stores, all_stores_must_succeed: true }),
    });
    const response = await this.#session.ask(`${imagePath(id)}/import`, { method: 'POST', body, signal });
    if (response.status !== 202) throw refusal(inEnglish('import the image'), response.status, response.body);
  }

  /** What went wrong with the newest import, in the cloud's words; null where it says nothing. */
  async importProblem(id: string, signal?: AbortSignal): Promise<string | null> {
    const { status, body } = await this.#session.ask(`${imagePath(id)}/tasks`, { signal });
    if (status !== 200) return null;
    const { tasks = [] } = parseAnswer(body) as {
      tasks?: readonly { message?: unknown; status?: unknown }[];
    };
    const failed = tasks.find((task) => task.status === 'failure' && typeof task.message === 'string');
    return failed === undefined ? null : String(failed.message);
  }

  /** The image's bytes as they come. @throws Failure `cloud.*`. */
  async content(id: string, signal: AbortSignal): Promise<HttpResponse> {
    const response = await this.#session.open(`${imagePath(id)}/file`, { signal });
    if (response.status === 200) return response;
    if (response.status === 204) {
      throw new Failure('cloud.refused', {
        action: inEnglish('send the image'),
        status: 204,
        problem: inEnglish('nothing was uploaded to it yet'),
      });
    }
    throw refusal(inEnglish('send the image'), response.status, await text(response));
  }

  /** @throws Failure `cloud.*`. */
  async change(id: string, change: CloudImageChange, signal?: AbortSignal): Promise<CloudImage> {
    const patch = imageChangeOf(await this.show(id, signal), change);
    const body = await this.#session.json(inEnglish('change the image'), imagePath(id), {
      method: 'PATCH',
      body: JSON.stringify(patch),
      headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' },
      signal,
    });
    return imageOf(body as ImageBody);
  }

  /** Done when it is not there. @throws Failure `cloud.*`. */
  async delete(id: string, signal?: AbortSignal): Promise<void> {
    const { status, body } = await this.#session.ask(imagePath(id), { method: 'DELETE', signal });
    if (status !== 204 && status !== 404) throw refusal(inEnglish('delete the image'), status, body);
  }

  /** What a path of the cloud answers; null where there is nothing. @throws Failure `cloud.*`. */
  async answer(path: string, signal?: AbortSignal): Promise<unknown> {
    const { status, body } = await this.#session.ask(path, { signal });
    if (status === 404) return null;
    if (status !== 200) throw refusal(inEnglish('say what it knows'), status, body);
    return parseAnswer(body);
  }

  /** Empty where the cloud imports nothing. */
  async importMethods(signal?: AbortSignal): Promise<readonly string[]> {
    const { status, body } = await this.#session.ask('/v2/info/import', { signal });
    if (status !== 200) return [];
    const { 'import-methods': imports } = parseAnswer(body) as { 'import-methods'?: { value?: unknown } };
    const methods = imports?.value;
    return Array.isArray(methods) ? methods.filter((method) => typeof method === 'string') : [];
  }

  /** Empty where the cloud has a single one. */
  async stores(signal?: AbortSignal): Promise<readonly string[]> {
    const { status, body } = await this.#session.ask('/v2/info/stores', { signal });
    if (status !== 200) return [];
    const { stores = [] } = parseAnswer(body) as { stores?: readonly { id: string }[] };
    return stores.map(({ id }) => id);
  }

  close(): void {
    this.#session.close();
  }
}

/** An id goes into the address: nothing that could lead elsewhere. @throws Failure `input.invalid`. */
function imagePath(id: string): string {
  if (/^[0-9a-zA-Z-]{1,64}$/.test(id)) return `/v2/images/${id}`;
  throw new Failure('input.invalid', {
    problem: inEnglish('"{id}" is no image’s id: it has letters, digits and dashes', { id }),
  });
}
