/** Images in clouds, and the record of those that Platter made there: listed, changed, deleted, cleaned up. */
import type {
  CleanUp,
  CloudImage,
  CloudImageChange,
  RecordedCloudObject,
} from '#shared/domain/cloud-image.ts';
import { Failure } from '#shared/failure.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { forgetCloudObject, listCloudObjects } from '../catalogue/cloud-objects.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { Glance } from '../transfers/openstack/glance.ts';
import type { AccountBook } from './account-book.ts';

export interface CloudImageBookParts {
  readonly catalogue: Catalogue;
  readonly accounts: AccountBook;
  /** Whether the process of that id still works on what it makes. */
  readonly isAlive: (owner: string) => boolean;
}

export class CloudImageBook {
  readonly #parts: CloudImageBookParts;

  constructor(parts: CloudImageBookParts) {
    this.#parts = parts;
  }

  /** With what the record says of each. @throws Failure `cloud.*`, `input.invalid`. */
  async list(account: string, signal?: AbortSignal): Promise<readonly CloudImage[]> {
    const images = await this.#with(account, (glance) => glance.list(signal));
    const records = this.records().filter((record) => record.account === account);
    return images.map((image) => ({
      ...image,
      record: records.find(({ id }) => id === image.id)?.state ?? null,
    }));
  }

  async change(
    account: string,
    id: string,
    change: CloudImageChange,
    signal?: AbortSignal,
  ): Promise<CloudImage> {
    return this.#with(account, (glance) => glance.change(id, change, signal));
  }

  async delete(account: string, id: string, signal?: AbortSignal): Promise<void> {
    await this.#with(account, (glance) => glance.delete(id, signal));
    forgetCloudObject(this.#parts.catalogue, { account, kind: 'image', id, name: '' });
  }

  /** All that is on record, the newest first. */
  records(): readonly RecordedCloudObject[] {
    return listCloudObjects(this.#parts.catalogue, this.#parts.isAlive);
  }

  /** Deletes what work that was cut off has left half-made; nothing else. */
  async cleanUp(account?: string, signal?: AbortSignal): Promise<CleanUp> {
    const left = this.records().filter(
      (record) => record.state === 'left' && (account === undefined || record.account === account),
    );
    const removed: RecordedCloudObject[] = [];
    const kept: CleanUp['kept'][number][] = [];
    for (const object of left) {
      try {
        await this.delete(object.account, object.id, signal);
        removed.push(object);
      } catch (error) {
        kept.push({ object, problem: describeFailure(Failure.from(error).toData()).sentence });
      }
    }
    return { removed, kept };
  }

  async #with<T>(account: string, work: (glance: Glance) => Promise<T>): Promise<T> {
    const glance = new Glance(this.#parts.accounts.access(account));
    try {
      return await work(glance);
    } finally {
      glance.close();
    }
  }
}
