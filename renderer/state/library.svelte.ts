/** The library: its entries as the main process tells of them, how they are listed, and what can be done with one. */
import { SvelteMap } from 'svelte/reactivity';
import type { LibraryEntry, LibraryEvent } from '#shared/domain/library.ts';
import type { Failure } from '#shared/failure.ts';
import { api, connection } from '../api.ts';
import { imageCache } from './image-page.svelte.ts';
import {
  filterEntries,
  isOfKind,
  nextSort,
  sortEntries,
  type KindFilter,
  type Sort,
  type SortKey,
} from './library-order.ts';
import { follow } from './live.ts';
import { notices } from './notices.svelte.ts';
import { picker } from './picker.svelte.ts';

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
  readonly #byId = new SvelteMap<number, LibraryEntry>();
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);
  query = $state('');
  kind = $state<KindFilter>('all');
  /** Whether the details of the selected entry are shown beside the list. */
  panelOpen = $state(true);
  /** Set when the search field is asked for; the page takes it back. */
  searchWanted = $state(false);
  sort = $state.raw<Sort>({ key: 'added', direction: 'descending' });
  selectedId = $state<number | null>(null);

  readonly entries = $derived([...this.#byId.values()]);
  readonly shown = $derived(sortEntries(filterEntries(this.entries, this.query, this.kind), this.sort));
  readonly selected = $derived(this.shown.find((entry) => entry.id === this.selectedId) ?? null);

  count(kind: KindFilter): number {
    return this.entries.filter((entry) => isOfKind(entry, kind)).length;
  }

  /** Follows the catalogue for as long as the window lives. */
  follow(pause: () => Promise<void>): Promise<void> {
    return follow<LibraryEvent>({
      opened: () => connection.opened(),
      subscribe: () => api.library.watch(),
      refetch: async () => this.#replace(await api.library.list()),
      apply: (event) => {
        if (event.kind === 'changed') for (const entry of event.entries) this.#set(entry);
        else for (const id of event.ids) this.#byId.delete(id);
      },
      failed: (failure) => (this.failure = connection.state.kind === 'open' ? failure : null),
      pause,
    });
  }

  sortBy(key: SortKey): void {
    this.sort = nextSort(this.sort, key);
  }

  entryAt(path: string): LibraryEntry | null {
    return this.entries.find((entry) => entry.path === path) ?? null;
  }

  /** Selects an entry, and clears the filters that would hide it. */
  select(id: number): void {
    this.selectedId = id;
    if (this.selected === null) {
      this.query = '';
      this.kind = 'all';
    }
  }

  /** Adds files and selects the first of them; fails with a Failure. */
  async add(paths: readonly string[]): Promise<readonly LibraryEntry[]> {
    const added = await api.library.add({ paths: [...paths] });
    for (const entry of added) this.#set(entry);
    const first = added[0];
    if (first !== undefined) this.select(first.id);
    return added;
  }

  /** Forgets an entry; its file stays. */
  async remove(entry: LibraryEntry): Promise<void> {
    await this.#take(entry, () => api.library.remove({ id: entry.id }), {
      title: `“${entry.name}” is no longer in the library.`,
      detail: entry.missing ? null : 'The file stays where it is.',
    });
  }

  /** Moves an entry's file to the trash. */
  async trash(entry: LibraryEntry): Promise<void> {
    await this.#take(entry, () => api.library.trash({ id: entry.id }), {
      title: `“${entry.name}” was moved to the trash.`,
      detail: null,
    });
  }

  /** Renames an entry's file; fails with a Failure, so that the dialog can show it beside the name. */
  async rename(entry: LibraryEntry, fileName: string): Promise<void> {
    this.#set(await api.library.rename({ id: entry.id, fileName }));
  }

  /** Asks where the file of an entry is now. */
  async locate(entry: LibraryEntry): Promise<void> {
    const paths = await picker.chooseFiles({
      title: `Where is “${entry.name}”?`,
      confirmLabel: 'Locate',
      filter: entry.name,
    });
    const path = paths?.[0];
    if (path === undefined) return;
    try {
      const located = await api.library.locate({ id: entry.id, path });
      // The file chosen may have been an entry of its own: it is this one now.
      for (const other of this.entries)
        if (other.path === path && other.id !== entry.id) this.#byId.delete(other.id);
      this.#set(located);
      this.select(located.id);
      notices.tell({ tone: 'success', title: `“${located.name}” is in its place again.` });
    } catch (error) {
      notices.fail(error);
    }
  }

  async reveal(entry: LibraryEntry): Promise<void> {
    try {
      await api.library.reveal({ id: entry.id });
    } catch (error) {
      notices.fail(error);
    }
  }

  async #take(
    entry: LibraryEntry,
    call: () => Promise<void>,
    said: { readonly title: string; readonly detail: string | null },
  ): Promise<void> {
    const next = this.#neighbour(entry.id);
    try {
      await call();
      this.#byId.delete(entry.id);
      this.selectedId = next;
      notices.tell(said);
    } catch (error) {
      notices.fail(error);
    }
  }

  /** The entry that takes the selection when `id` goes: the next in the list, else the one before. */
  #neighbour(id: number): number | null {
    const at = this.shown.findIndex((entry) => entry.id === id);
    return (this.shown[at + 1] ?? this.shown[at - 1])?.id ?? null;
  }

  #replace(entries: readonly LibraryEntry[]): void {
    const known = new Set(entries.map((entry) => entry.id));
    for (const id of [...this.#byId.keys()]) if (!known.has(id)) this.#byId.delete(id);
    for (const entry of entries) this.#set(entry);
    this.loaded = true;
    this.failure = null;
  }

  #set(entry: LibraryEntry): void {
    const before = this.#byId.get(entry.id);
    if (before !== undefined) {
      // A list that was fetched again says mostly what is known; what is known stays as it is drawn.
      if (JSON.stringify(before) === JSON.stringify(entry)) return;
      if (before.path !== entry.path) imageCache.forget(before.path);
      else if (isOtherFile(before, entry)) void imageCache.changed(entry.path);
    }
    this.#byId.set(entry.id, entry);
  }
}

export const library = new Library();
