/** Keeps the library: answers searches, scans watched folders, takes edits. It has a connection of its own to the catalogue. */
import type { Message } from '#shared/in-english.ts';
import type { ContentProgress, Duplicates } from '#shared/domain/content.ts';
import type {
  Annotation,
  LibraryCounts,
  LibraryDesk,
  LibraryEntry,
  LibraryPage,
  LibraryQuery,
  SavedSearch,
  SpaceMap,
  SpaceQuery,
  TagChange,
} from '#shared/domain/library.ts';
import type { EntryBelongings } from '#shared/domain/parts.ts';
import {
  annotate,
  changeTag,
  forgetImages,
  listSavedSearches,
  listTags,
  orderSavedSearches,
  removeSavedSearch,
  removeTag,
  saveSearch,
} from '../catalogue/annotations.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { listDuplicates } from '../catalogue/duplicates.ts';
import { editedImages, nextLabel, type Direction } from '../catalogue/edits.ts';
import { LibraryIndex } from '../catalogue/library-index.ts';
import { sharedBlocks } from '../catalogue/shared-blocks.ts';
import type { StartThread } from '../jobs/pool.ts';
import type { Clock } from '../scanning/clock.ts';
import { ThreadLooker } from '../scanning/looker.ts';
import { Scanner } from '../scanning/scanner.ts';
import type { WatchFolder } from '../scanning/watching.ts';
import { ContentReader } from './content-reader.ts';
import { isDistant } from './drives.ts';
import { GuestReader } from './guest-reader.ts';
import { Presence } from './presence.ts';
import { turnEdit } from './undo.ts';

/** What the keeper tells without being asked. */
export type KeeperEvent =
  /** Entries are new, other than before, or gone; null: any of them. */
  | { readonly kind: 'library'; readonly changed: readonly number[] | null }
  | { readonly kind: 'folders' }
  /** Contents are read, or duplicates may be others. */
  | { readonly kind: 'contents' }
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

/** By then the window has what it asks for first. */
const idleMilliseconds = 1000;
/** And by then it is drawn and quiet. */
const quietMilliseconds = 15_000;

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
  const background = {
    catalogue,
    startThread,
    clock,
    scanning: () => scanner.list().some(({ progress }) => progress !== null),
    changed,
    log: (line: string) => tell({ kind: 'log', line }),
  };
  const contents = new ContentReader({
    ...background,
    isDistant,
    progressed: () => tell({ kind: 'contents' }),
  });
  const guests = new GuestReader(background);
  let catchingUp: NodeJS.Immediate | null = null;
  let cancelIdle = (): void => {};
  /** Right after an upgrade the words of all entries are to be read: others get their turn meanwhile. */
  const refresh = (): void => {
    if (index.refresh(wordsAtATime) || catchingUp !== null) return;
    catchingUp = setImmediate(() => {
      catchingUp = null;
      refresh();
      if (catchingUp === null) changed([]);
    });
  };
  /** Does what only makes something later quicker. */
  const ahead = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      tell({ kind: 'log', line: `not done ahead: ${String(error)}` });
    }
  };
  /** An edit, and who it is told of. */
  const edited = async <T>(ids: readonly number[] | null, make: () => T): Promise<T> => {
    const result = make();
    changed(ids);
    return result;
  };
  return {
    /** Reads what the first list needs. */
    prepare: async (): Promise<void> => refresh(),
    /** Scans the watched folders, and follows them from now on. */
    start: async (): Promise<void> => {
      refresh();
      scanner.start();
      contents.start();
      guests.start();
      cancelIdle = clock.after(idleMilliseconds, () => {
        ahead(() => index.prepareCorrections());
        // It may not be closed in the end.
        cancelIdle = clock.after(quietMilliseconds, () => ahead(() => index.keep()));
      });
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
    space: async (asked: SpaceQuery): Promise<SpaceMap> => {
      refresh();
      return index.space(asked);
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
    /** The entries with these ids, with what belongs to each in numbers; those that are gone are left out. */
    entries: async ({ ids }: { ids: readonly number[] }): Promise<readonly LibraryEntry[]> => {
      refresh();
      return index.entries(ids);
    },
    /** What belongs to an entry, and what it belongs to; null where there is no such entry. */
    belongings: async ({ id }: { id: number }): Promise<EntryBelongings | null> => {
      refresh();
      return index.belongings(id);
    },
    /** With all that belongs to them alone: parts by themselves are nothing. */
    forget: ({ ids }: { ids: readonly number[] }) => {
      const all = index.withParts(ids);
      return edited(all, () => forgetImages(catalogue, all, ids));
    },
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
    orderSearches: ({ ids }: { ids: readonly number[] }) =>
      edited([], () => orderSavedSearches(catalogue, ids)),
    undo: async ({ direction }: { direction: Direction }): Promise<Message | null> => {
      const turned = await turnEdit(catalogue, direction);
      if (turned !== null) changed(editedImages(turned));
      return turned?.label ?? null;
    },
    contentProgress: async (): Promise<ContentProgress> => contents.progress,
    pauseContents: async ({ paused }: { paused: boolean }): Promise<void> => contents.pause(paused),
    readContents: async (): Promise<void> => contents.readNow(),
    heedSettings: async (): Promise<void> => contents.look(),
    power: async ({ onBattery }: { onBattery: boolean }): Promise<void> => contents.power(onBattery),
    duplicates: async (): Promise<Duplicates> => listDuplicates(catalogue),
    sharedBlocks: ({ id, otherId }: { id: number; otherId: number | null }) =>
      sharedBlocks(catalogue, id, otherId),
    listFolders: async () => scanner.list(),
    addFolder: async ({ path }: { path: string }) => scanner.add(path),
    removeFolder: ({ id, forgetImages: forget }: { id: number; forgetImages: boolean }) =>
      scanner.remove(id, forget),
    scanFolder: ({ id }: { id: number }) => scanner.scan(id),
    close: async (): Promise<void> => {
      if (catchingUp !== null) clearImmediate(catchingUp);
      cancelIdle();
      await contents.close();
      await guests.close();
      await scanner.close();
      ahead(() => index.keep());
    },
  };
}
