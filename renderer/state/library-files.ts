/** What is done with the files of the library: they are added, forgotten, trashed, renamed, found again, shown elsewhere. */
import type { LibraryEntry } from '#shared/domain/library.ts';
import { folderOf } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { desk } from './desk.svelte.ts';
import { idsAtATime, library } from './library.svelte.ts';
import { notices } from './notices.svelte.ts';
import { picker } from './picker.svelte.ts';

export const libraryFiles = {
  /** Adds files and selects the first of them; fails with a Failure. */
  async add(paths: readonly string[]): Promise<readonly LibraryEntry[]> {
    const added = await api.library.add({ paths: [...paths] });
    const first = added[0];
    if (first !== undefined) await library.show(first);
    return added;
  },

  /** Forgets entries; their files stay. */
  async remove(entries: readonly LibraryEntry[]): Promise<void> {
    const ids = entries.map(({ id }) => id);
    const told = removedWords(entries);
    await take(entries, async () => {
      await api.library.remove({ ids });
      const detail = entries.every(({ missing }) => missing)
        ? null
        : entries.length === 1
          ? t('The file stays where it is.')
          : t('The files stay where they are.');
      desk.tell(told, detail);
    });
  },

  /** Moves the files of entries to the trash; with `parts`, also those that belong to them alone. */
  async trash(entries: readonly LibraryEntry[], parts: boolean): Promise<void> {
    await take(entries, async () => {
      for (const { id } of entries) await api.library.trash({ id, parts });
      const title =
        entries.length === 1
          ? t('“{name}” was moved to the trash.', { name: entries[0]!.name })
          : t('{count, plural, one {# file was} other {# files were}} moved to the trash.', {
              count: entries.length,
            });
      notices.tell({ title, detail: null });
    });
  },

  /** Renames an entry's file; fails with a Failure, so that the dialog can show it beside the name. */
  async rename(entry: LibraryEntry, fileName: string): Promise<void> {
    library.seen(await api.library.rename({ id: entry.id, fileName }));
    desk.tell(t('“{name}” is “{fileName}” now.', { name: entry.name, fileName }));
  },

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
    await notices.attempt(async () => {
      const located = await api.library.locate({ id: entry.id, path });
      await library.show(located);
      notices.tell({ tone: 'success', title: t('“{name}” is in its place again.', { name: located.name }) });
    });
  },

  /** Drags the files of what is selected out of the window; an entry that is not selected is dragged alone. */
  async dragOut(index: number): Promise<void> {
    const { pages, selection } = library;
    const entry = pages.at(index);
    if (entry === undefined) return;
    if (!selection.has(entry.id)) selection.set(entry, index);
    await notices.attempt(() => api.library.drag({ ids: [...selection.ids].slice(0, idsAtATime) }));
  },

  /** Shows where the file of an entry lies, in the system's file manager. */
  async reveal(entry: LibraryEntry): Promise<void> {
    await notices.attempt(() => api.library.reveal({ id: entry.id }));
  },
};

/** Takes entries away, and selects what stood behind them. */
function take(entries: readonly LibraryEntry[], call: () => Promise<void>): Promise<void> {
  const { pages, selection } = library;
  const index = selection.focusIndex;
  const before = pages.at(index + 1) ?? pages.at(index - 1) ?? null;
  return notices.attempt(async () => {
    await call();
    selection.drop(entries.map(({ id }) => id));
    if (selection.count === 0) selection.set(before, -1);
    await library.refetch();
  });
}

function removedWords(entries: readonly LibraryEntry[]): string {
  return entries.length === 1
    ? t('“{name}” is no longer in the library.', { name: entries[0]!.name })
    : t('{count, plural, one {# item is} other {# items are}} no longer in the library.', {
        count: entries.length,
      });
}
