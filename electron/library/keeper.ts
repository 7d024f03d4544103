/** Keeps the library: answers searches, scans watched folders, takes edits. It has a connection of its own to the catalogue. */
import type {
  Annotation,
  LibraryCounts,
  LibraryDesk,
  LibraryPage,
  LibraryQuery,
  SavedSearch,
  TagChange,
} from '#shared/domain/library.ts';
import {
  annotate,
  changeTag,
  forgetImages,
  listSavedSearches,
  listTags,
  removeSavedSearch,
  removeTag,
  saveSearch,
} from '../catalogue/annotations.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { editedImages, nextLabel, type Direction } from '../catalogue/edits.ts';
import { LibraryIndex } from '../catalogue/library-index.ts';
import type { StartThread } from '../jobs/pool.ts';
import type { Clock } from '../scanning/clock.ts';
import { ThreadLooker } from '../scanning/looker.ts';
import { Scanner } from '../scanning/scanner.ts';
import type { WatchFolder } from '../scanning/watching.ts';
import { Presence } from './presence.ts';
import { turnEdit } from './undo.ts';

/** What the keeper tells without being asked. */
export type KeeperEvent =
  /** Entries are new, other than before, or gone; null: any of them. */
  | { readonly kind: 'library'; readonly changed: readonly number[] | null }
  | { readonly kind: 'folders' }
  | { readonly kind: 'log'; readonly line: string };

export interface KeeperParts {
  readonly catalogue: Catalogue;
  readonly startThread: StartThread;
  readonly watch: WatchFolder;
  readonly clock: Clock;
  readonly tell: (event: KeeperEvent) => void;
}

/** What services ask of the library: each call has one input, so that it may be answered in another thread. */
export type LibraryKeeper = ReturnType<typeof keepLibrary>;

/** The words of so many entries are taken in before an answer; what is left, after it. */
const wordsAtATime = 1000;

export function keepLibrary({ catalogue, startThread, watch, clock, tell }: KeeperParts) {
  const index = new LibraryIndex(catalogue);
  const presence = new Presence(catalogue);
  const changed = (ids: readonly number[] | null): void => tell({ kind: 'library', changed: ids });
  const scanner = new Scanner({
    catalogue,
    looker: new ThreadLooker(startThread),
    watch,
    clock,
    events: { publish: (event) => changed(event.changed) },
    foldersChanged: () => tell({ kind: 'folders' }),
    log: (line) => tell({ kind: 'log', line }),
  });
  let catchingUp: NodeJS.Immediate | null = null;
  /** Right after an upgrade the words of all entries are to be read: others get their turn meanwhile. */
  const refresh = (): void => {
    if (index.refresh(wordsAtATime) || catchingUp !== null) return;
    catchingUp = setImmediate(() => {
      catchingUp = null;
      refresh();
      if (catchingUp === null) changed([]);
    });
  };
  /** An edit, and who it is told of. */
  const edited = async <T>(ids: readonly number[] | null, make: () => T): Promise<T> => {
    const result = make();
    changed(ids);
    return result;
  };
  return {
    /** Scans the watched folders, and follows them from now on. */
    start: async (): Promise<void> => {
      scanner.start();
      refresh();
    },
    /** The library may be another one: it was restored, or imported. */
    reload: async (): Promise<void> => {
      index.forget();
      for (const { id } of scanner.list()) {
        scanner.scan(id).catch(() => {
          // What keeps it from being scanned is recorded with the folder.
        });
      }
      changed(null);
    },
    query: async (asked: {
      query: LibraryQuery;
      offset: number;
      limit: number;
      place: number | null;
    }): Promise<LibraryPage> => {
      refresh();
      return index.page(asked.query, asked.offset, asked.limit, asked.place);
    },
    counts: async (asked: {
      text: string;
      scope: string;
      scopes: readonly string[];
    }): Promise<LibraryCounts> => {
      refresh();
      return index.counts(asked.text, asked.scope, asked.scopes);
    },
    ids: async (asked: {
      query: LibraryQuery;
      offset: number;
      limit: number;
    }): Promise<readonly number[]> => {
      refresh();
      return index.ids(asked.query, asked.offset, asked.limit);
    },
    /** Has a look whether the files of entries are where they were. */
    lookAround: async (): Promise<void> => {
      const entries = await presence.refresh();
      if (entries.length > 0) changed(entries.map(({ id }) => id));
    },
    annotate: ({ ids, annotation }: { ids: readonly number[]; annotation: Annotation }) =>
      edited(ids, () => annotate(catalogue, ids, annotation)),
    forget: ({ ids }: { ids: readonly number[] }) => edited(ids, () => forgetImages(catalogue, ids)),
    desk: async (): Promise<LibraryDesk> => ({
      tags: listTags(catalogue),
      searches: listSavedSearches(catalogue),
      undo: nextLabel(catalogue, 'undo')?.label ?? null,
      redo: nextLabel(catalogue, 'redo')?.label ?? null,
    }),
    changeTag: ({ id, change }: { id: number; change: TagChange }) =>
      edited(null, () => changeTag(catalogue, id, change)),
    removeTag: ({ id }: { id: number }) => edited(null, () => removeTag(catalogue, id)),
    saveSearch: (search: Omit<SavedSearch, 'id'> & { readonly id?: number | undefined }) =>
      edited([], () => saveSearch(catalogue, search)),
    removeSearch: ({ id }: { id: number }) => edited([], () => removeSavedSearch(catalogue, id)),
    undo: async ({ direction }: { direction: Direction }): Promise<string | null> => {
      const turned = await turnEdit(catalogue, direction);
      if (turned !== null) changed(editedImages(turned));
      return turned?.label ?? null;
    },
    listFolders: async () => scanner.list(),
    addFolder: async ({ path }: { path: string }) => scanner.add(path),
    removeFolder: ({ id, forgetImages: forget }: { id: number; forgetImages: boolean }) =>
      scanner.remove(id, forget),
    scanFolder: ({ id }: { id: number }) => scanner.scan(id),
    close: async (): Promise<void> => {
      if (catchingUp !== null) clearImmediate(catchingUp);
      await scanner.close();
    },
  };
}
