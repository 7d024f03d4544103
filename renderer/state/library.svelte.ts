/** The library: what of it is asked for, listed and selected. */
import type { LibraryEntry, LibraryEvent, LibraryQuery, SortKey } from '#shared/domain/library.ts';
import type { Failure } from '#shared/failure.ts';
import { api, connection } from '../api.ts';
import { desk } from './desk.svelte.ts';
import { EntriesByPath } from './entries-by-path.ts';
import { imageCache } from './image-page.svelte.ts';
import { LibraryCounts } from './library-counts.svelte.ts';
import { LibraryPages } from './library-pages.svelte.ts';
import { LibrarySelection, type SelectHow } from './library-selection.svelte.ts';
import { nextSort } from './library-sort.ts';
import { follow } from './live.ts';
import { notices } from './notices.svelte.ts';
import { SeenEntries } from './seen-entries.ts';

/** A scan tells of changes many times a second: the list is asked for again at most so often. */
const staleMilliseconds = 200;
/** Between two letters. */
const typingMilliseconds = 120;
/** What one call may name; the contract says so, too. */
export const idsAtATime = 1000;

class Library {
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);
  query = $state.raw<LibraryQuery>({
    text: '',
    scope: '',
    sort: { key: 'added', direction: 'descending' },
  });
  /** Whether the details of the selected entry are shown beside the list. */
  panelOpen = $state(true);
  /** Whether what the list can be narrowed by is shown beside it. */
  filtersOpen = $state(false);
  /** Set when the search field is asked for; the page takes it back. */
  searchWanted = $state(false);
  readonly pages = new LibraryPages({
    fetch: (query, offset, limit, place) =>
      api.library.query({ ...query, offset, limit, ...(place === null ? {} : { place }) }),
    seen: (entry) => this.seen(entry),
  });
  readonly selection = new LibrarySelection({
    at: (index) => this.pages.at(index),
    idsOf: (offset, limit) => api.library.ids({ ...this.query, offset, limit }),
  });
  /** The entry whose details are shown: the one that is selected, alone or the last of several. */
  readonly selected = $derived(this.selection.focused);
  /** The entry that is selected alone, or only has the keys: never one beside the one that is selected. */
  readonly only: LibraryEntry | null = $derived.by(() => {
    const { ids, focused, count } = this.selection;
    if (count > 1) return null;
    const [id = focused?.id] = ids;
    if (id === undefined || id === focused?.id) return focused;
    return this.pages.at(this.pages.indexOf(id)) ?? null;
  });
  readonly counts = new LibraryCounts();
  readonly byPath = new EntriesByPath({
    find: (path) => api.library.find({ path }),
    seen: (entry) => this.seen(entry),
  });
  readonly #seenEntries = new SeenEntries({
    left: (path) => imageCache.forget(path),
    changed: (path) => void imageCache.changed(path),
  });
  #stale: ReturnType<typeof setTimeout> | null = null;

  /** How many entries there are in all; those that are listed, until they were counted. */
  get size(): number {
    return this.counts.all ?? this.pages.total;
  }

  /** Follows the catalogue for as long as the window lives. */
  follow(pause: () => Promise<void>): Promise<void> {
    return follow<LibraryEvent>({
      opened: () => connection.opened(),
      subscribe: () => api.library.watch(),
      refetch: async () => {
        // The list comes first: what stands beside it may follow.
        const listed = this.#list().then(() => {
          this.loaded = true;
          this.failure = null;
        });
        const counted = desk.refetch().then(async () => {
          await listed;
          await this.counts.refetch(this.query);
        });
        await Promise.all([listed, counted, this.#checkSelection(null)]);
      },
      apply: (event) => {
        void this.#checkSelection(event.changed);
        this.#refetchSoon();
      },
      failed: (failure) => (this.failure = connection.state.kind === 'open' ? failure : null),
      pause,
    });
  }

  /** Searches for something else, here or in another collection. */
  search(changes: Partial<Pick<LibraryQuery, 'text' | 'scope'>>): void {
    this.#ask({ ...this.query, ...changes });
  }

  sortBy(key: SortKey): void {
    this.#ask({ ...this.query, sort: nextSort(this.query.sort, key) });
  }

  select(index: number, how: SelectHow = 'one'): Promise<void> {
    return notices.attempt(() => this.selection.select(index, how));
  }

  /** Selects an entry that may not be listed yet; null where it is gone. */
  async choose(id: number): Promise<LibraryEntry | null> {
    const [entry = null] = await api.library.entries({ ids: [id] }).catch(() => []);
    if (entry !== null) this.selection.set(entry, this.pages.indexOf(id));
    return entry;
  }

  selectAll(): Promise<void> {
    return notices.attempt(() => this.selection.selectAll(this.pages.total));
  }

  /** The entries that are selected, however many. @throws Failure. */
  async selectedEntries(): Promise<readonly LibraryEntry[]> {
    const ids = [...this.selection.ids];
    const entries: LibraryEntry[] = [];
    for (let start = 0; start < ids.length; start += idsAtATime) {
      entries.push(...(await api.library.entries({ ids: ids.slice(start, start + idsAtATime) })));
    }
    return entries;
  }

  /** Selects an entry, and clears the search that would hide it. */
  async show(entry: LibraryEntry): Promise<void> {
    let place = await this.pages.ask(this.query, entry.id);
    if (place === null) {
      this.query = { ...this.query, text: '', scope: '' };
      place = await this.pages.ask(this.query, entry.id);
      void this.counts.refetch(this.query);
    }
    this.selection.set(entry, place ?? -1);
  }

  /**
   * Asks for the list and, once that is there, for its counts, unless another letter is typed meanwhile: nobody waits for those
   * of the letter before.
   * @throws Failure.
   */
  async refetch(): Promise<void> {
    const { query } = this;
    await this.#list();
    await new Promise((resolve) => setTimeout(resolve, typingMilliseconds));
    if (query === this.query) await this.counts.refetch(query);
  }

  /** Notes an entry as it is now: what was looked up about its file may not hold any more. */
  seen(entry: LibraryEntry): void {
    this.selection.update(entry);
    this.#seenEntries.note(entry);
  }

  #ask(query: LibraryQuery): void {
    this.query = query;
    void notices.attempt(() => this.refetch());
  }

  async #list(): Promise<void> {
    const { query, selection } = this;
    const asked = selection.focused?.id ?? null;
    const at = await this.pages.ask(query, asked);
    if (query !== this.query) return;
    const focused = selection.focused?.id ?? null;
    if (focused === asked) selection.move(at);
    // Another one was selected meanwhile, in rows that may have moved.
    else if (focused !== null && this.pages.indexOf(focused) >= 0)
      selection.move(this.pages.indexOf(focused));
    await this.#dropUnlisted();
  }

  /** Nothing is done to what nobody sees: of several that are selected, those stay so that the list still has. */
  async #dropUnlisted(): Promise<void> {
    const { query, selection, pages } = this;
    if (selection.count === 0 || (selection.count === 1 && selection.has(selection.focused?.id ?? -1)))
      return;
    const listed = new Set(await api.library.ids({ ...query, offset: 0, limit: pages.total }));
    if (query === this.query) selection.drop([...selection.ids].filter((id) => !listed.has(id)));
  }

  #refetchSoon(): void {
    this.#stale ??= setTimeout(() => {
      // Set free first: what changes meanwhile is asked for again.
      this.#stale = null;
      const again = desk.refetch().then(() => this.refetch());
      again.catch(() => {
        // The connection is lost; what follows fetches afresh.
      });
    }, staleMilliseconds);
  }

  /** What was selected or asked for may be other than before, or gone. Null: any of it. */
  async #checkSelection(changed: readonly number[] | null): Promise<void> {
    this.byPath.refetch(changed);
    const { selection } = this;
    const asked = [...selection.ids].filter((id) => changed?.includes(id) ?? true).slice(0, idsAtATime);
    if (asked.length === 0) return;
    const found = await api.library.entries({ ids: asked });
    const there = new Set(found.map(({ id }) => id));
    selection.drop(asked.filter((id) => !there.has(id)));
    for (const entry of found) this.seen(entry);
  }
}

export const library = new Library();
