/** The library: what of it is asked for and listed, what is selected, and what can be done with entries. */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type {
  Facet,
  FacetValue,
  LibraryEntry,
  LibraryEvent,
  LibraryQuery,
  SortKey,
} from '#shared/domain/library.ts';
import type { Failure } from '#shared/failure.ts';
import { folderOf } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';
import { api, connection } from '../api.ts';
import { desk } from './desk.svelte.ts';
import { imageCache } from './image-page.svelte.ts';
import { LibraryPages } from './library-pages.svelte.ts';
import { LibrarySelection, type SelectHow } from './library-selection.svelte.ts';
import { nextSort } from './library-sort.ts';
import { follow } from './live.ts';
import { notices } from './notices.svelte.ts';
import { picker } from './picker.svelte.ts';

/** A collection that is always there: a query, and what it is called. */
export interface Collection {
  readonly name: string;
  readonly query: string;
}

export const collections = {
  all: { name: t('Library'), query: '' },
  disk: { name: t('Disks'), query: 'kind:disk' },
  package: { name: t('Packages'), query: 'kind:package' },
  other: { name: t('Other images'), query: '-kind:disk -kind:package' },
  missing: { name: t('Missing files'), query: 'is:missing' },
} as const satisfies Record<string, Collection>;

/** A scan tells of changes many times a second: the list is asked for again at most so often. */
const staleMilliseconds = 200;
/** The list has asked again by then, and what moved has come to rest. */
const arrivalMilliseconds = 2500;
/** What one call may name. */
const idsAtATime = 1000;

/** Whether what lies at the path is not what was there before; a hash that is known now changes nothing. */
function isOtherFile(before: LibraryEntry, now: LibraryEntry): boolean {
  return (
    before.missing !== now.missing ||
    before.format !== now.format ||
    before.fileSizeBytes !== now.fileSizeBytes ||
    before.virtualSizeBytes !== now.virtualSizeBytes
  );
}

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
  facets = $state.raw<readonly Facet[]>([]);
  /** How many entries each collection has, by its query. */
  readonly #counts = new SvelteMap<string, number>();
  readonly pages = new LibraryPages({
    fetch: (query, offset, limit, place) =>
      api.library.query({ ...query, offset, limit, ...(place === null ? {} : { place }) }),
    seen: (entry) => this.#seen(entry),
  });
  readonly selection = new LibrarySelection({
    at: (index) => this.pages.at(index),
    idsOf: (offset, limit) => api.library.ids({ ...this.query, offset, limit }),
  });
  /** The entry whose details are shown: the one that is selected, alone or the last of several. */
  readonly selected = $derived(this.selection.focused);
  /** The entries of files that somebody asked for; null where there is none. */
  readonly #byPath = new SvelteMap<string, LibraryEntry | null>();
  readonly #looking = new Set<string>();
  /** Files that a job has just made: their rows slide into their places. */
  readonly arriving = new SvelteSet<string>();
  /** Entries as they were last seen, to notice what is other than before. */
  readonly #known = new Map<number, LibraryEntry>();
  #stale: ReturnType<typeof setTimeout> | null = null;

  /** How many entries there are in all; those that are listed, until they were counted. */
  get size(): number {
    return this.#counts.get(collections.all.query) ?? this.pages.total;
  }

  /** What the collection that is looked at is called. */
  get scopeName(): string {
    const { scope } = this.query;
    const known = [...Object.values(collections), ...desk.searches];
    return known.find(({ query }) => query === scope)?.name ?? t('Library');
  }

  /** How many entries a collection has. */
  count(query: string): number {
    return this.#counts.get(query) ?? 0;
  }

  /** The values of a query's key that entries have, as far as nothing else stands against them. */
  knownValues(key: string): readonly FacetValue[] {
    const counted = this.facets.find((facet) => facet.key === key)?.values ?? [];
    if (key !== 'tag') return counted;
    const others = desk.tags.filter(({ name }) => !counted.some(({ value }) => value === name));
    return [...counted, ...others.map(({ name }) => ({ value: name, count: 0 }))];
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
          await this.#count();
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
    return this.#telling(this.selection.select(index, how));
  }

  /** Selects an entry that may not be listed yet; null where it is gone. */
  async choose(id: number): Promise<LibraryEntry | null> {
    const [entry = null] = await api.library.entries({ ids: [id] }).catch(() => []);
    if (entry !== null) this.selection.set(entry, this.pages.indexOf(id));
    return entry;
  }

  selectAll(): Promise<void> {
    return this.#telling(this.selection.selectAll(this.pages.total));
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

  /** The entry of a file; null where there is none, or it is not known yet. */
  entryAt(path: string): LibraryEntry | null {
    const known = this.#byPath.get(path);
    if (known === undefined) void this.#look(path);
    return known ?? null;
  }

  /** These files were just made: they are new in the list in a moment. */
  expect(paths: readonly string[]): void {
    for (const path of paths) {
      this.arriving.add(path);
      setTimeout(() => this.arriving.delete(path), arrivalMilliseconds);
    }
  }

  /** Selects an entry, and clears the search that would hide it. */
  async show(entry: LibraryEntry): Promise<void> {
    let place = await this.pages.ask(this.query, entry.id);
    if (place === null) {
      this.query = { ...this.query, text: '', scope: '' };
      place = await this.pages.ask(this.query, entry.id);
      void this.#count();
    }
    this.selection.set(entry, place ?? -1);
  }

  /** Adds files and selects the first of them; fails with a Failure. */
  async add(paths: readonly string[]): Promise<readonly LibraryEntry[]> {
    const added = await api.library.add({ paths: [...paths] });
    const first = added[0];
    if (first !== undefined) await this.show(first);
    return added;
  }

  /** Forgets entries; their files stay. */
  async remove(entries: readonly LibraryEntry[]): Promise<void> {
    const ids = entries.map(({ id }) => id);
    const told = removedWords(entries);
    await this.#take(entries, async () => {
      await api.library.remove({ ids });
      const detail = entries.every(({ missing }) => missing)
        ? null
        : entries.length === 1
          ? t('The file stays where it is.')
          : t('The files stay where they are.');
      desk.tell(told, detail);
    });
  }

  /** Moves the files of entries to the trash; with `parts`, also those that belong to them alone. */
  async trash(entries: readonly LibraryEntry[], parts: boolean): Promise<void> {
    await this.#take(entries, async () => {
      for (const { id } of entries) await api.library.trash({ id, parts });
      const title =
        entries.length === 1
          ? t('“{name}” was moved to the trash.', { name: entries[0]!.name })
          : t('{count, plural, one {# file was} other {# files were}} moved to the trash.', {
              count: entries.length,
            });
      notices.tell({ title, detail: null });
    });
  }

  /** Renames an entry's file; fails with a Failure, so that the dialog can show it beside the name. */
  async rename(entry: LibraryEntry, fileName: string): Promise<void> {
    this.#seen(await api.library.rename({ id: entry.id, fileName }));
    desk.tell(t('“{name}” is “{fileName}” now.', { name: entry.name, fileName }));
  }

  /** Asks where the file of an entry is now. */
  async locate(entry: LibraryEntry): Promise<void> {
    const paths = await picker.chooseFiles({
      title: t('Where is “{name}”?', { name: entry.name }),
      confirmLabel: t('Locate'),
      startFolder: folderOf(entry.path),
      wanted: entry.name,
    });
    const path = paths?.[0];
    if (path === undefined) return;
    try {
      const located = await api.library.locate({ id: entry.id, path });
      await this.show(located);
      notices.tell({ tone: 'success', title: t('“{name}” is in its place again.', { name: located.name }) });
    } catch (error) {
      notices.fail(error);
    }
  }

  /** Drags the files of what is selected out of the window; an entry that is not selected is dragged alone. */
  async dragOut(index: number): Promise<void> {
    const entry = this.pages.at(index);
    if (entry === undefined) return;
    if (!this.selection.has(entry.id)) this.selection.set(entry, index);
    await this.#telling(api.library.drag({ ids: [...this.selection.ids].slice(0, idsAtATime) }));
  }

  async reveal(entry: LibraryEntry): Promise<void> {
    await this.#telling(api.library.reveal({ id: entry.id }));
  }

  #ask(query: LibraryQuery): void {
    this.query = query;
    void this.#telling(this.#refetch());
  }

  /** Asks for the list and, once that is there, for its counts: nobody who types waits for those of the letter before. */
  async #refetch(): Promise<void> {
    const { query } = this;
    await this.#list();
    if (query === this.query) await this.#count();
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

  async #count(): Promise<void> {
    const { text, scope } = this.query;
    const scopes = [...Object.values(collections), ...desk.searches].map(({ query }) => query);
    const counts = await api.library.counts({ text, scope, scopes });
    this.facets = counts.facets;
    for (const [index, one] of scopes.entries()) this.#counts.set(one, counts.scopes[index] ?? 0);
  }

  #refetchSoon(): void {
    this.#stale ??= setTimeout(() => {
      // Set free first: what changes meanwhile is asked for again.
      this.#stale = null;
      const again = desk.refetch().then(() => this.#refetch());
      again.catch(() => {
        // The connection is lost; what follows fetches afresh.
      });
    }, staleMilliseconds);
  }

  /** What was selected or asked for may be other than before, or gone. Null: any of it. */
  async #checkSelection(changed: readonly number[] | null): Promise<void> {
    for (const [path, entry] of this.#byPath) {
      if (changed === null || entry === null || changed.includes(entry.id)) void this.#look(path);
    }
    const { selection } = this;
    const asked = [...selection.ids].filter((id) => changed?.includes(id) ?? true).slice(0, idsAtATime);
    if (asked.length === 0) return;
    const found = await api.library.entries({ ids: asked });
    const there = new Set(found.map(({ id }) => id));
    selection.drop(asked.filter((id) => !there.has(id)));
    for (const entry of found) this.#seen(entry);
  }

  async #look(path: string): Promise<void> {
    if (this.#looking.has(path)) return;
    this.#looking.add(path);
    try {
      const entry = await api.library.find({ path });
      if (entry !== null) this.#seen(entry);
      this.#byPath.set(path, entry);
    } catch {
      // The connection is lost; it is asked for again when it is back.
    } finally {
      this.#looking.delete(path);
    }
  }

  /** Takes entries away, and selects what stood behind them. */
  async #take(entries: readonly LibraryEntry[], call: () => Promise<void>): Promise<void> {
    const index = this.selection.focusIndex;
    const before = this.pages.at(index + 1) ?? this.pages.at(index - 1) ?? null;
    try {
      await call();
      this.selection.drop(entries.map(({ id }) => id));
      if (this.selection.count === 0) this.selection.set(before, -1);
      await this.#refetch();
    } catch (error) {
      notices.fail(error);
    }
  }

  async #telling(call: Promise<void>): Promise<void> {
    try {
      await call;
    } catch (error) {
      notices.fail(error);
    }
  }

  /** Notes an entry as it is now: what was looked up about its file may not hold any more. */
  #seen(entry: LibraryEntry): void {
    const before = this.#known.get(entry.id);
    this.#known.set(entry.id, entry);
    this.selection.update(entry);
    if (before === undefined) return;
    if (before.path !== entry.path) imageCache.forget(before.path);
    else if (isOtherFile(before, entry)) void imageCache.changed(entry.path);
  }
}

function removedWords(entries: readonly LibraryEntry[]): string {
  return entries.length === 1
    ? t('“{name}” is no longer in the library.', { name: entries[0]!.name })
    : t('{count, plural, one {# item is} other {# items are}} no longer in the library.', {
        count: entries.length,
      });
}

export const library = new Library();
