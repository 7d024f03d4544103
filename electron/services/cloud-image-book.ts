/** Images in clouds, and the record of those that Platter made there: listed, changed, deleted, cleaned up. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type {
  CleanUp,
  CloudImage,
  CloudImageChange,
  CloudObject,
  RecordedCloudObject,
} from '#shared/domain/cloud-image.ts';
import { Failure } from '#shared/failure.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { forgetCloudObjects, listCloudObjects } from '../catalogue/cloud-objects.ts';
import type { Catalogue } from '../catalogue/database.ts';
import type { TransferCloud } from '../transfers/cloud.ts';
import { transferCloud } from '../transfers/registry.ts';
import type { AccountBook } from './account-book.ts';

export interface CloudImageBookParts {
  readonly catalogue: Catalogue;
  readonly accounts: AccountBook;
  /** Whether the process of that id still works on what it makes. */
  readonly isAlive: (owner: string) => boolean;
  /** What was kept to go on with one that is half-made, and is forgotten with that. Absent where nothing is kept. */
  readonly takePermission?: (object: CloudObject) => Promise<string | null>;
}

export class CloudImageBook {
  readonly #parts: CloudImageBookParts;

  constructor(parts: CloudImageBookParts) {
    this.#parts = parts;
  }

  /** With what the record says of each. @throws Failure `cloud.*`, `input.invalid`. */
  async list(account: string, signal?: AbortSignal): Promise<readonly CloudImage[]> {
    const { cloud, access } = this.#of(account);
    const images = await required(cloud.list, cloud, inEnglish('lists no images')).call(
      cloud,
      access,
      signal,
    );
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
    const { cloud, access } = this.#of(account);
    return required(cloud.change, cloud, inEnglish('changes no images')).run(access, id, change, signal);
  }

  async delete(account: string, id: string, signal?: AbortSignal): Promise<void> {
    const { cloud, access } = this.#of(account);
    await required(cloud.delete, cloud, inEnglish('deletes no images')).call(cloud, access, id, signal);
    forgetCloudObjects(this.#parts.catalogue, account, id);
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
        const { cloud, access } = this.#of(object.account);
        const permission = (await this.#parts.takePermission?.(object)) ?? null;
        await cloud.discard(access, object, signal, permission);
        forgetCloudObjects(this.#parts.catalogue, object.account, object.id);
        removed.push(object);
      } catch (error) {
        kept.push({ object, problem: describeFailure(Failure.from(error).toData()).sentence });
      }
    }
    return { removed, kept };
  }

  #of(account: string): { readonly cloud: TransferCloud; readonly access: CloudAccess } {
    const access = this.#parts.accounts.access(account);
    return { cloud: transferCloud(access.cloud), access };
  }
}

function required<T>(ability: T | undefined, { title }: TransferCloud, lack: Message): T {
  if (ability !== undefined) return ability;
  throw new Failure('input.invalid', {
    problem: inEnglish('Platter {lack} in {title}', { lack: asValue(lack), title }),
  });
}
