/** What is known of one image: its facts, its allocation, its hash. Kept for a while, so that a list can be walked. */
import type { ImageHash, ImageInfo } from '#shared/domain/image.ts';
import type { Job, JobRequest } from '#shared/domain/job.ts';
import type { RepairScope, StructureReport } from '#shared/domain/structure.ts';
import { Failure } from '#shared/failure.ts';
import { api } from '../api.ts';
import { ImageMap } from './image-map.svelte.ts';
import { structureJobOf } from './job-images.ts';
import { jobs } from './jobs.svelte.ts';
import { notices } from './notices.svelte.ts';

export class ImagePage {
  readonly path: string;
  info = $state.raw<ImageInfo | null>(null);
  failure = $state.raw<Failure | null>(null);
  readonly map: ImageMap;
  /** Counts how often the image was looked at anew: what was listed of it before is old. */
  revision = $state(0);
  #infoAsked = false;

  constructor(path: string) {
    this.path = path;
    this.map = new ImageMap(path);
  }

  // Getters, not $derived: a page is often made while a view draws itself, and outlives that view.

  /** The newest hash job of this image, as long as it is in the list. */
  get hashJob(): Job | null {
    const ofPath = (job: Job): boolean => job.work.kind === 'hash' && job.work.request.path === this.path;
    return jobs.list.find(ofPath) ?? null;
  }

  get hash(): ImageHash | null {
    return this.hashJob?.outcome?.kind === 'hash' ? this.hashJob.outcome.result : null;
  }

  /** The newest check or repair of this image as it is now. */
  get structureJob(): Job | null {
    return structureJobOf(jobs.list, this.path);
  }

  /** What it found; after a repair, what was left. */
  get report(): StructureReport | null {
    const outcome = this.structureJob?.outcome;
    if (outcome?.kind === 'check') return outcome.result;
    return outcome?.kind === 'repair' ? outcome.result.after : null;
  }

  /** Looks into the image, once. */
  async load(): Promise<void> {
    if (this.#infoAsked) return;
    this.#infoAsked = true;
    try {
      this.info = await api.images.inspect({ path: this.path });
    } catch (error) {
      this.failure = Failure.from(error);
    }
  }

  /** Looks again, after a failure or a change of the file. */
  async reload(): Promise<void> {
    this.#infoAsked = false;
    this.failure = null;
    await Promise.all([this.load(), this.map.reload()]);
    this.revision++;
  }

  startHash(): Promise<void> {
    return this.#start({ kind: 'hash', request: { path: this.path } });
  }

  startCheck(): Promise<void> {
    return this.#start({ kind: 'check', request: { path: this.path } });
  }

  startRepair(scope: RepairScope): Promise<void> {
    return this.#start({ kind: 'repair', request: { path: this.path, scope } });
  }

  async #start(work: JobRequest): Promise<void> {
    try {
      await jobs.start(work);
    } catch (error) {
      notices.fail(error);
    }
  }
}

const mostKept = 64;

/** The pages of images looked at lately, by path. */
class ImageCache {
  readonly #pages = new Map<string, ImagePage>();

  get(path: string): ImagePage {
    const known = this.#pages.get(path);
    if (known !== undefined && known.failure === null) return known;
    const page = new ImagePage(path);
    this.#pages.delete(path);
    this.#pages.set(path, page);
    const oldest = this.#pages.keys().next();
    if (this.#pages.size > mostKept && oldest.done !== true) this.#pages.delete(oldest.value);
    return page;
  }

  /** The file is another now: whoever looks at it sees the new facts. */
  async changed(path: string): Promise<void> {
    await this.#pages.get(path)?.reload();
  }

  forget(path: string): void {
    this.#pages.delete(path);
  }
}

export const imageCache = new ImageCache();
