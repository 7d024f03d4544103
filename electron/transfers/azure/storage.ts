/** One storage account: Microsoft's SDK with our retries, its containers and blobs as plain data. */
import { webcrypto } from 'node:crypto';
import type { TokenCredential } from '@azure/identity';
import {
  AnonymousCredential,
  BlobServiceClient,
  StorageSharedKeyCredential,
  type ContainerClient,
  type PageBlobClient,
  type StoragePipelineOptions,
} from '@azure/storage-blob';
import type { AccountCheck, CloudAccess } from '#shared/domain/cloud-account.ts';
import type { CloudImage, CloudImageChange } from '#shared/domain/cloud-image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { pause } from '../control.ts';
import { imageOf, metadataOf, ownMetadata, splitId } from './blob.ts';
import { errorCodeOf, isPassing, refusal, statusOf } from './refusals.ts';
import { azureSettings, endpointOf, type AzureSettings } from './settings.ts';

// The SDK counts on a global that Node 18 does not have.
if (!('crypto' in globalThis)) Object.defineProperty(globalThis, 'crypto', { value: webcrypto });

/** Rests before the same is asked again; as many attempts and one more are made. */
export const defaultRestsMilliseconds: readonly number[] = [1000, 4000, 15_000, 30_000];
/** A list that never ends is cut off. */
const mostBlobs = 10_000;
/** Neither a byte nor a word for so long: the connection counts as broken. */
const silenceMilliseconds = 120_000;

export class Storage {
  readonly settings: AzureSettings;
  readonly #service: BlobServiceClient;
  readonly #restsMilliseconds: readonly number[];
  #hasAnswered = false;
  /** How often something was asked again after it went wrong. */
  retries = 0;

  private constructor(
    settings: AzureSettings,
    service: BlobServiceClient,
    restsMilliseconds: readonly number[],
  ) {
    this.settings = settings;
    this.#service = service;
    this.#restsMilliseconds = restsMilliseconds;
  }

  /** @throws Failure `input.invalid` for a key or a connection string that is none. */
  static async open(
    access: CloudAccess,
    restsMilliseconds: readonly number[] = defaultRestsMilliseconds,
  ): Promise<Storage> {
    const settings = azureSettings(access.settings);
    return new Storage(settings, await serviceOf(settings, access), restsMilliseconds);
  }

  /** Where it is, without what proves who one is. */
  get address(): string {
    const { origin, pathname } = new URL(this.#service.url);
    return `${origin}${pathname}`.replace(/\/$/, '');
  }

  container(name: string): ContainerClient {
    return this.#service.getContainerClient(name);
  }

  /** @throws Failure `input.invalid` for an id that names no blob. */
  blob(id: string): PageBlobClient {
    const { container, name } = splitId(id);
    return this.container(container).getPageBlobClient(name);
  }

  /**
   * Asks, and asks again with longer and longer rests while the trouble may pass. `action`: after "could not".
   * @throws Failure `cloud.*`; what `signal` was aborted with.
   */
  async ask<T>(action: Message, request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        const answer = await request();
        this.#hasAnswered = true;
        return answer;
      } catch (error) {
        signal?.throwIfAborted();
        const failure = refusal(action, this.address, error);
        if (statusOf(error) !== null) this.#hasAnswered = true;
        const rest = this.#restsMilliseconds[tries];
        // Where nobody ever answered, somebody waits for the words that say so.
        if (rest === undefined || !isPassing(failure) || !this.#hasAnswered) throw failure;
        this.retries++;
        await pause(rest, signal ?? new AbortController().signal);
      }
    }
  }

  /** The containers that are looked into. @throws Failure `cloud.*`. */
  async containers(signal?: AbortSignal): Promise<readonly string[]> {
    if (this.settings.container !== '') return [this.settings.container];
    return this.ask(
      inEnglish('list containers'),
      async () => {
        const names: string[] = [];
        for await (const { name } of this.#service.listContainers(aborted(signal))) names.push(name);
        return names;
      },
      signal,
    );
  }

  /** Logs in and asks what there is. @throws Failure `cloud.*`, `input.invalid`. */
  async check(signal?: AbortSignal): Promise<AccountCheck> {
    const containers = await this.containers(signal);
    if (this.settings.container !== '') await this.requireContainer(this.settings.container, signal);
    const value = containers.length === 0 ? 'none yet: make one first' : containers.join(', ');
    return {
      user: null,
      project: this.#service.accountName === '' ? null : this.#service.accountName,
      endpoint: this.address,
      facts: [{ label: inEnglish('Containers'), value }],
      choices: { container: containers },
    };
  }

  /** @throws Failure `input.invalid` where there is none of that name, with those that there are. */
  async requireContainer(name: string, signal?: AbortSignal): Promise<void> {
    // Listing is what every kind of permission for reading includes; properties of a container are not.
    const look = async (): Promise<boolean> => {
      try {
        await this.container(name).listBlobsFlat(aborted(signal)).byPage({ maxPageSize: 1 }).next();
        return true;
      } catch (error) {
        if (statusOf(error) === 404 || errorCodeOf(error) === 'ContainerNotFound') return false;
        throw error;
      }
    };
    if (await this.ask(inEnglish('look into the container {name}', { name }), look, signal)) return;
    const known = this.settings.container === '' ? await this.containers(signal).catch(() => []) : [];
    throw new Failure('input.invalid', {
      problem:
        known.length === 0
          ? inEnglish('the account has no container "{name}"', { name })
          : inEnglish('the account has no container "{name}"; there are {known}', {
              name,
              known: known.join(', '),
            }),
    });
  }

  /** All blobs, the newest first. @throws Failure `cloud.*`, `input.invalid`. */
  async list(signal?: AbortSignal): Promise<readonly CloudImage[]> {
    const images: CloudImage[] = [];
    for (const container of await this.containers(signal)) {
      if (this.settings.container !== '') await this.requireContainer(container, signal);
      const inside = await this.ask(
        inEnglish('list the blobs of {container}', { container }),
        async () => {
          const found: CloudImage[] = [];
          const blobs = this.container(container).listBlobsFlat({
            ...aborted(signal),
            includeMetadata: true,
          });
          for await (const blob of blobs) {
            found.push(imageOf(container, blob));
            if (images.length + found.length >= mostBlobs) break;
          }
          return found;
        },
        signal,
      );
      images.push(...inside);
    }
    return images.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  /** Changes what people noted beside a blob; Platter's own notes stay. @throws Failure `cloud.*`, `input.invalid`. */
  async change(id: string, { properties = {} }: CloudImageChange, signal?: AbortSignal): Promise<CloudImage> {
    const blob = this.blob(id);
    const before = await this.ask(
      inEnglish('show the blob'),
      () => blob.getProperties(aborted(signal)),
      signal,
    );
    const changes = metadataOf(properties);
    const kept = Object.entries(before.metadata ?? {}).filter(([name]) => !(name.toLowerCase() in changes));
    const noted = Object.entries(changes).flatMap(([name, value]): [string, string][] =>
      value === null ? [] : [[name, value]],
    );
    const metadata = Object.fromEntries([...kept, ...noted]);
    const conditions = before.etag === undefined ? {} : { conditions: { ifMatch: before.etag } };
    const set = () => blob.setMetadata(metadata, { ...aborted(signal), ...conditions });
    await this.ask(inEnglish('change the metadata'), set, signal);
    const after = await this.ask(
      inEnglish('show the blob'),
      () => blob.getProperties(aborted(signal)),
      signal,
    );
    const { container, name } = splitId(id);
    return imageOf(container, {
      name,
      properties: after,
      metadata: after.metadata ?? {},
    });
  }

  /** Done when it is not there. @throws Failure `cloud.*`. */
  async delete(id: string, signal?: AbortSignal): Promise<void> {
    const blob = this.blob(id);
    const remove = async (): Promise<void> => {
      try {
        await blob.delete(aborted(signal));
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
    };
    await this.ask(inEnglish('delete the blob'), remove, signal);
  }

  /** Takes away what an upload left half-made, and nothing that has become something else. @throws Failure `cloud.*`. */
  async discard(id: string, signal?: AbortSignal): Promise<void> {
    const blob = this.blob(id);
    const look = async () => {
      try {
        return await blob.getProperties(aborted(signal));
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw error;
      }
    };
    const there = await this.ask(inEnglish('show the blob'), look, signal);
    if (there !== null && ownMetadata(there.metadata).isHalfMade) await this.delete(id, signal);
  }
}

/** What every request is told, where it can be stopped. */
export function aborted(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

async function serviceOf(settings: AzureSettings, { secret }: CloudAccess): Promise<BlobServiceClient> {
  // Retries are ours: they are counted, can be stopped, and know that nobody ever answered.
  const options: StoragePipelineOptions = {
    retryOptions: { maxTries: 1, tryTimeoutInMs: silenceMilliseconds },
    userAgentOptions: { userAgentPrefix: 'Platter' },
  };
  const endpoint = endpointOf(settings);
  try {
    if (endpoint === null) return BlobServiceClient.fromConnectionString(secret.trim(), options);
    switch (settings.proof) {
      case 'sas': {
        const token = secret.trim().replace(/^.*\?/, '');
        return new BlobServiceClient(`${endpoint}?${token}`, new AnonymousCredential(), options);
      }
      case 'identity':
        return new BlobServiceClient(endpoint, await usualCredential(), options);
      default: {
        const credential = new StorageSharedKeyCredential(settings.account, secret.trim());
        return new BlobServiceClient(endpoint, credential, options);
      }
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    // The SDK's words may show the secret.
    throw new Failure('input.invalid', {
      problem: inEnglish('the account’s connection string or key is none'),
    });
  }
}

/** The environment, a workload's or machine's identity, or who is signed in at Azure's command line: in this order. */
async function usualCredential(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}
