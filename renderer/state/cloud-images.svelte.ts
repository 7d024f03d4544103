/** The images in one account's cloud: listed, searched, fetched into the library, changed, deleted; and what was left half-made. */
import type { CloudImage, CloudImageChange, RecordedCloudObject } from '#shared/domain/cloud-image.ts';
import { Failure } from '#shared/failure.ts';
import { inWords } from '#shared/text/in-words.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { jobs } from './jobs.svelte.ts';
import { notices } from './notices.svelte.ts';

class CloudImages {
  account = $state<string | null>(null);
  /** Null while they are asked for. */
  images = $state.raw<readonly CloudImage[] | null>(null);
  failure = $state.raw<Failure | null>(null);
  search = $state('');
  /** Half-made by work that was cut off. */
  left = $state.raw<readonly RecordedCloudObject[]>([]);
  deleting = $state.raw<CloudImage | null>(null);
  editing = $state.raw<CloudImage | null>(null);
  readonly found = $derived.by(() => {
    const words = this.search.toLowerCase().split(/\s+/);
    return (this.images ?? []).filter(({ id, name, diskFormat, status, tags }) => {
      const text = [id, name, diskFormat, status, ...tags].join(' ').toLowerCase();
      return words.every((word) => text.includes(word));
    });
  });

  async show(account: string): Promise<void> {
    if (account !== this.account) this.images = null;
    this.account = account;
    this.failure = null;
    await this.loadLeft();
    try {
      const images = await api.cloudImages.list({ account });
      if (this.account === account) this.images = images;
    } catch (error) {
      if (this.account === account) this.failure = Failure.from(error);
    }
  }

  /** Looks again, after something was made or taken away. */
  async reload(): Promise<void> {
    if (this.account !== null) await this.show(this.account);
  }

  async loadLeft(): Promise<void> {
    this.left = (await api.cloudImages.records().catch(() => [])).filter(({ state }) => state === 'left');
  }

  async cleanUp(): Promise<void> {
    try {
      const { removed, kept } = await api.cloudImages.cleanUp({});
      notices.tell({
        tone: kept.length === 0 ? 'success' : 'danger',
        title: t('{count, plural, one {# half-made image} other {# half-made images}} deleted.', {
          count: removed.length,
        }),
        ...(kept[0] === undefined ? {} : { detail: inWords(kept[0].problem) }),
      });
    } catch (error) {
      notices.fail(error);
    }
    await this.reload();
    await this.loadLeft();
  }

  async download(image: CloudImage, outputPath: string): Promise<void> {
    const { account } = this;
    if (account === null) return;
    try {
      const { id, name } = image;
      await jobs.start({ kind: 'download', request: { account, image: { id, name }, outputPath } });
      notices.tell({ title: t('“{name}” is being downloaded.', { name: name ?? id }) });
    } catch (error) {
      notices.fail(error);
    }
  }

  async delete(image: CloudImage): Promise<void> {
    this.deleting = null;
    const { account } = this;
    if (account === null) return;
    try {
      await api.cloudImages.delete({ account, id: image.id });
      notices.tell({ title: t('“{name}” is deleted in the cloud.', { name: image.name ?? image.id }) });
    } catch (error) {
      notices.fail(error);
    }
    await this.reload();
  }

  /** Whether it was changed; what went wrong was said. */
  async change(image: CloudImage, change: CloudImageChange): Promise<boolean> {
    const { account } = this;
    if (account === null) return false;
    try {
      await api.cloudImages.change({ account, id: image.id, change });
      await this.reload();
      return true;
    } catch (error) {
      notices.fail(error);
      return false;
    }
  }
}

export const cloudImages = new CloudImages();
