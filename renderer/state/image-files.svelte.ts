/** The files inside an image: one folder at a time, of the file system or of the partition that was chosen. */
import type { FileEntry, FileListing, PartitionTable } from '#shared/domain/guest.ts';
import type { Job } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { jobs } from './jobs.svelte.ts';
import { notices } from './notices.svelte.ts';
import { picker } from './picker.svelte.ts';

export class ImageFiles {
  readonly path: string;
  listing = $state.raw<FileListing | null>(null);
  /** The partitions to choose from, where there are several. */
  table = $state.raw<PartitionTable | null>(null);
  partition = $state<number | null>(null);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);
  /** Paths inside the image. */
  chosen = $state.raw<readonly string[]>([]);
  readonly folder = $derived(this.listing?.folder ?? '');
  /** The folders that lead to the one that is shown, the root first. */
  readonly steps = $derived.by(() => {
    const names = this.folder === '' ? [] : this.folder.split('/');
    const inner = names.map((title, index) => ({ title, path: names.slice(0, index + 1).join('/') }));
    return [{ title: this.listing?.volume?.label || t('Root'), path: '' }, ...inner];
  });
  #visit = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Shows a folder. */
  async show(folder: string): Promise<void> {
    const visit = ++this.#visit;
    this.loading = true;
    try {
      const { path, partition } = this;
      const listing = await api.images.listFiles({
        source: { path },
        folder,
        ...(partition === null ? {} : { partition }),
      });
      if (visit !== this.#visit) return;
      this.failure = null;
      this.chosen = [];
      if (listing.table === null) this.listing = listing;
      else this.table = listing.table;
    } catch (error) {
      if (visit === this.#visit) this.failure = Failure.from(error);
    } finally {
      if (visit === this.#visit) this.loading = false;
    }
  }

  choosePartition(number: number): void {
    this.partition = number;
    this.listing = null;
    void this.show('');
  }

  toggle(entry: FileEntry): void {
    const others = this.chosen.filter((path) => path !== entry.path);
    this.chosen = others.length < this.chosen.length ? others : [...others, entry.path];
  }

  /** Extracts what is chosen, or the whole folder that is shown; null when no folder was chosen to write to. */
  async extract(): Promise<Job | null> {
    const outputFolder = await picker.chooseFolder(t('Extract files into'), null);
    if (outputFolder === null) return null;
    const { path, partition, chosen, folder } = this;
    const paths = chosen.length > 0 ? chosen : folder === '' ? [] : [folder];
    try {
      return await jobs.start({
        kind: 'extract-files',
        request: { source: { path }, paths, outputFolder, ...(partition === null ? {} : { partition }) },
      });
    } catch (error) {
      notices.fail(error);
      return null;
    }
  }
}
