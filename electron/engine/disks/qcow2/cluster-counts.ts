/** How often each cluster of a file is referred to: a byte each, in pages that exist only where there is something. */
import { inEnglish } from '#shared/in-english.ts';
import { isZero } from '../../bytes/zeros.ts';
import { unsupported } from './layout.ts';

const maximumPagesBytes = 160 << 20;
/** In a byte this stands for a count that is kept in the map. */
const overflow = 255;

export class ClusterCounts {
  readonly #pageClusters: number;
  readonly #pages = new Map<number, Uint8Array>();
  readonly #large = new Map<number, number>();
  #end = 0;
  #lastIndex = -1;
  #lastPage: Uint8Array | null = null;

  /** `pageClusters` clusters share a page: many where all of them are used, few where they lie far apart. */
  constructor(pageClusters: number) {
    this.#pageClusters = pageClusters;
  }

  /** One more than the last cluster that was ever counted. */
  get end(): number {
    return this.#end;
  }

  get(cluster: number): number {
    const index = Math.floor(cluster / this.#pageClusters);
    const page = this.#page(index);
    const count = page === null ? 0 : page[cluster - index * this.#pageClusters]!;
    return count === overflow ? this.#large.get(cluster)! : count;
  }

  /** @throws Failure `image.unsupported` when the clusters that are used take more memory than a check may. */
  add(cluster: number, count: number): void {
    const index = Math.floor(cluster / this.#pageClusters);
    const page = this.#page(index) ?? this.#addPage(index);
    const at = cluster - index * this.#pageClusters;
    const now = (page[at] === overflow ? this.#large.get(cluster)! : page[at]!) + count;
    if (now >= overflow) this.#large.set(cluster, now);
    page[at] = Math.min(now, overflow);
    if (cluster >= this.#end) this.#end = cluster + 1;
  }

  /**
   * Counts the `count` clusters from `first` on once each, as far as their page goes, if nothing has referred to any of these
   * yet. @returns how many; 0 when something has
   */
  addUnused(first: number, count: number): number {
    const index = Math.floor(first / this.#pageClusters);
    const page = this.#page(index) ?? this.#addPage(index);
    const at = first - index * this.#pageClusters;
    const clusters = page.subarray(at, at + count);
    if (!isZero(clusters)) return 0;
    clusters.fill(1);
    this.#end = Math.max(this.#end, first + clusters.length);
    return clusters.length;
  }

  /** The counts of the clusters in [first, end) as they are kept; null unless they share a page and all are small. */
  small(first: number, end: number): Uint8Array | null {
    const index = Math.floor(first / this.#pageClusters);
    const page = this.#page(index);
    if (page === null || this.#large.size > 0 || end > (index + 1) * this.#pageClusters) return null;
    return page.subarray(first - index * this.#pageClusters, end - index * this.#pageClusters);
  }

  /** Whether a cluster in [first, end) may be counted; false for certain where there is no page. */
  mayHave(first: number, end: number): boolean {
    const last = Math.floor((end - 1) / this.#pageClusters);
    for (let index = Math.floor(first / this.#pageClusters); index <= last; index++) {
      if (this.#pages.has(index)) return true;
    }
    return false;
  }

  /** The clusters that are counted, ascending, with their counts. */
  *counted(): Iterable<readonly [cluster: number, count: number]> {
    const indexes = Float64Array.from(this.#pages.keys()).sort();
    for (const index of indexes) {
      const page = this.#pages.get(index)!;
      const first = index * this.#pageClusters;
      for (let at = 0; at < page.length; at++) {
        if (page[at] !== 0) yield [first + at, this.get(first + at)];
      }
    }
  }

  #page(index: number): Uint8Array | null {
    if (index === this.#lastIndex) return this.#lastPage;
    this.#lastIndex = index;
    this.#lastPage = this.#pages.get(index) ?? null;
    return this.#lastPage;
  }

  #addPage(index: number): Uint8Array {
    if ((this.#pages.size + 1) * this.#pageClusters > maximumPagesBytes) {
      throw unsupported(inEnglish('checking an image of that many clusters'));
    }
    const page = new Uint8Array(this.#pageClusters);
    this.#pages.set(index, page);
    this.#lastIndex = index;
    this.#lastPage = page;
    return page;
  }
}
