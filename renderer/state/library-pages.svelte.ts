/** The list of the library as far as it was asked for: pages of the answer to a query, fetched when they come into sight. */
import { SvelteMap } from 'svelte/reactivity';
import type { LibraryEntry, LibraryPage, LibraryQuery } from '#shared/domain/library.ts';

export interface PagesParts {
  readonly fetch: (
    query: LibraryQuery,
    offset: number,
    limit: number,
    place: number | null,
  ) => Promise<LibraryPage>;
  /** Every entry that an answer holds. */
  readonly seen: (entry: LibraryEntry) => void;
}

export const pageRows = 100;
/** Rows that are jumped to are asked for when the list has come to rest: nobody reads what goes by. */
const restMilliseconds = 50;
/** Rows far out of sight are forgotten, and asked for again. */
const pagesKept = 40;

export class LibraryPages {
  readonly #parts: PagesParts;
  readonly #pages = new SvelteMap<number, readonly LibraryEntry[]>();
  // Nothing that is drawn follows from it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #underWay = new Set<number>();
  total = $state(0);
  /** What the listed files take on the disk. */
  bytes = $state(0);
  /** Of the library that is listed: grows with every change. */
  revision = $state(-1);
  /** Words that nothing holds, and what was searched instead. */
  corrections = $state.raw<LibraryPage['corrections']>([]);
  #query: LibraryQuery | null = null;
  /** The rows in sight. */
  #first = 0;
  #end = pageRows;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: PagesParts) {
    this.#parts = parts;
  }

  /** The entry of a row; undefined while it is not known. */
  at(index: number): LibraryEntry | undefined {
    return this.#pages.get(Math.floor(index / pageRows))?.[index % pageRows];
  }

  /** The row of an entry among those that are known; -1 where it is not. */
  indexOf(id: number): number {
    for (const [page, entries] of this.#pages) {
      const at = entries.findIndex((entry) => entry.id === id);
      if (at >= 0) return page * pageRows + at;
    }
    return -1;
  }

  /**
   * Asks a query, the same one again after a change: what is listed stays until the answer is there.
   * @returns where the entry `place` stands in the answer. @throws Failure.
   */
  async ask(query: LibraryQuery, place: number | null): Promise<number | null> {
    const isNew = query !== this.#query;
    this.#query = query;
    const first = isNew ? 0 : Math.floor(this.#first / pageRows);
    const answer = await this.#parts.fetch(query, first * pageRows, pageRows, place);
    if (query !== this.#query) return answer.place;
    this.#takeFirst(answer);
    if (!isNew) this.#fetchShown();
    return answer.place;
  }

  /** The rows from `first` to `end` (not in it) are in sight: those that are not known are fetched. */
  show(first: number, end: number): void {
    const isJump = Math.abs(first - this.#first) > pageRows;
    this.#first = first;
    this.#end = end;
    clearTimeout(this.#rest);
    if (isJump) this.#rest = setTimeout(() => this.#fetchShown(), restMilliseconds);
    else this.#fetchShown();
  }

  #fetchShown(): void {
    const end = Math.min(this.#end, this.total);
    for (let page = Math.floor(this.#first / pageRows); page * pageRows < end; page++) {
      if (!this.#pages.has(page) && !this.#underWay.has(page)) void this.#fetch(page);
    }
  }

  async #fetch(page: number): Promise<void> {
    const query = this.#query;
    if (query === null) return;
    this.#underWay.add(page);
    try {
      const answer = await this.#parts.fetch(query, page * pageRows, pageRows, null);
      if (query !== this.#query) return;
      if (answer.revision !== this.revision) this.#takeFirst(answer);
      else this.#take(answer);
    } catch {
      // Whoever follows the library says that the connection is lost, and asks again when it is back.
    } finally {
      this.#underWay.delete(page);
    }
    // The library may be another one than that of the pages that are there, and rows have moved on.
    if (query === this.#query) this.#fetchShown();
  }

  /** The first answer of its revision: pages of another one do not fit beside it. */
  #takeFirst(answer: LibraryPage): void {
    const page = answer.offset / pageRows;
    for (const other of [...this.#pages.keys()]) if (other !== page) this.#pages.delete(other);
    this.revision = answer.revision;
    this.total = answer.total;
    this.bytes = answer.bytes;
    this.corrections = answer.corrections;
    this.#take(answer);
  }

  #take({ offset, entries }: LibraryPage): void {
    for (const entry of entries) this.#parts.seen(entry);
    const page = offset / pageRows;
    this.#pages.set(page, entries);
    const inSight = Math.floor(this.#first / pageRows);
    const far = [...this.#pages.keys()].sort((a, b) => Math.abs(b - inSight) - Math.abs(a - inSight));
    for (const one of far.slice(0, Math.max(0, far.length - pagesKept))) this.#pages.delete(one);
  }
}
