/** The catalogue of images, as a window sees it. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LibraryEntry, LibraryEvent } from '#shared/domain/library.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { relocateImage } from '../catalogue/annotations.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import {
  findImage,
  findImageByPath,
  findImages,
  knownImageOf,
  rememberImage,
  removeImage,
  type KnownImage,
} from '../catalogue/images.ts';
import { locateEntry } from '../catalogue/locate.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import type { LibraryKeeper } from '../library/keeper.ts';
import { renameFile } from '../library/rename.ts';
import type { ThreadPool } from '../jobs/pool.ts';
import type { FirstList } from './first-list.ts';
import type { HostAbilities } from './host.ts';
import type { Implementer } from './implementer.ts';
import { absolutePath } from './paths.ts';
import type { RecentFolders } from './recent-folders.ts';

export interface LibraryServiceParts {
  readonly catalogue: Catalogue;
  readonly library: LibraryKeeper;
  readonly pool: ThreadPool;
  readonly events: Broadcast<LibraryEvent>;
  readonly host: HostAbilities;
  readonly recentFolders: RecentFolders;
  readonly firstList: FirstList;
  readonly log: Log;
}

export function implementLibrary(os: Implementer['library'], parts: LibraryServiceParts) {
  const { catalogue, library, events, firstList, host, log } = parts;
  return {
    query: os.query.handler(async ({ input: { offset, limit, place, ...query } }) => {
      const page = await library.query({ query, offset, limit, place: place ?? null });
      firstList.answered();
      return page;
    }),
    counts: os.counts.handler(({ input }) => library.counts(input)),
    space: os.space.handler(({ input }) => library.space(input)),
    ids: os.ids.handler(({ input: { offset, limit, ...query } }) => library.ids({ query, offset, limit })),
    entries: os.entries.handler(({ input }) => library.entries(input)),
    belongings: os.belongings.handler(({ input }) => library.belongings(input)),
    find: os.find.handler(({ input }) => findImageByPath(catalogue, absolutePath(input.path))),
    watch: os.watch.handler(({ signal }) => {
      firstList.drawn
        .then(() => library.lookAround())
        .catch((error: unknown) => {
          // A thread that ends says so itself.
          if (Failure.from(error).code !== 'operation.interrupted')
            log(`a look at the files failed: ${String(error)}`);
        });
      return events.watch(signal);
    }),
    add: os.add.handler(({ input, signal }) => addImages(parts, input.paths, signal)),
    remove: os.remove.handler(({ input }) => library.forget(input)),
    rename: os.rename.handler(async ({ input }) => {
      const { id, path } = entryOf(catalogue, input.id);
      const newPath = await renameFile(path, input.fileName);
      const droppedId = relocateImage(catalogue, id, newPath, true);
      events.publish({ changed: droppedId === null ? [id] : [id, droppedId] });
      return entryOf(catalogue, id);
    }),
    locate: os.locate.handler(({ input, signal }) => locateImage(parts, input, signal)),
    trash: os.trash.handler(({ input }) => trashImage(parts, input.id, input.parts ?? false)),
    annotate: os.annotate.handler(({ input: { ids, ...annotation } }) =>
      library.annotate({ ids, annotation }),
    ),
    desk: os.desk.handler(() => library.desk()),
    changeTag: os.changeTag.handler(({ input: { id, ...change } }) => library.changeTag({ id, change })),
    removeTag: os.removeTag.handler(({ input }) => library.removeTag(input)),
    saveSearch: os.saveSearch.handler(({ input }) => library.saveSearch(input)),
    removeSearch: os.removeSearch.handler(({ input }) => library.removeSearch(input)),
    orderSearches: os.orderSearches.handler(({ input }) => library.orderSearches(input)),
    undo: os.undo.handler(({ input }) => library.undo(input)),
    drag: os.drag.handler(({ input }) => {
      if (!host.drag)
        throw new Failure('input.invalid', { problem: inEnglish('files cannot be dragged from here') });
      const entries = findImages(catalogue, input.ids).filter(({ missing }) => !missing);
      host.drag(entries.map(({ path }) => path));
    }),
    reveal: os.reveal.handler(async ({ input }) => {
      const { path } = entryOf(catalogue, input.id);
      if (!host.reveal)
        throw new Failure('input.invalid', { problem: inEnglish('there is no file manager here') });
      await requireFile(path);
      await host.reveal(path);
    }),
  };
}

/**
 * The entry's own file goes first: what cannot follow it is listed by itself then, and named by the failure.
 * @throws Failure `io.*`, `input.invalid`.
 */
async function trashImage(
  { catalogue, library, events, host }: LibraryServiceParts,
  wanted: number,
  withParts: boolean,
): Promise<void> {
  const { id, path } = entryOf(catalogue, wanted);
  if (!host.trash) throw new Failure('input.invalid', { problem: inEnglish('there is no trash here') });
  const belongings = withParts ? await library.belongings({ id }) : null;
  const own = belongings?.parts.filter((part) => part.own && part.path !== null) ?? [];
  await requireFile(path);
  await host.trash(path);
  const gone = removeImage(catalogue, id) ? [id] : [];
  const failures: Failure[] = [];
  for (const { path: part, state, entry } of own) {
    try {
      if (state === 'present') await host.trash(part!);
      if (entry !== null && removeImage(catalogue, entry.id)) gone.push(entry.id);
    } catch (error) {
      failures.push(Failure.from(error));
    }
  }
  if (gone.length > 0) events.publish({ changed: gone });
  if (failures[0]) throw failures[0];
}

/**
 * Looks at the files by content and adds them. All that can be added are, whatever becomes of the others.
 * @throws Failure of the first file that could not be added.
 */
async function addImages(
  { catalogue, pool, events, recentFolders }: LibraryServiceParts,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<LibraryEntry[]> {
  const entries: LibraryEntry[] = [];
  const failures: Failure[] = [];
  for (const path of new Set(paths.map(absolutePath))) {
    try {
      const image = await inspectFile(pool, path, signal);
      const entry = rememberImage(catalogue, image, new Date().toISOString());
      recentFolders.note(dirname(path));
      events.publish({ changed: [entry.id] });
      entries.push(entry);
    } catch (error) {
      if (signal?.aborted) throw error;
      failures.push(Failure.from(error));
    }
  }
  if (failures[0]) throw failures[0];
  return entries;
}

/** @throws Failure `input.invalid` when the file is of another kind or format than the entry; `image.*`, `io.*`. */
async function locateImage(
  { catalogue, pool, events }: LibraryServiceParts,
  input: { readonly id: number; readonly path: string },
  signal: AbortSignal | undefined,
): Promise<LibraryEntry> {
  const before = entryOf(catalogue, input.id);
  const image = await inspectFile(pool, absolutePath(input.path), signal);
  const { entry, droppedId } = locateEntry(catalogue, before, image);
  events.publish({ changed: droppedId === null ? [before.id] : [before.id, droppedId] });
  return entry;
}

async function inspectFile(
  pool: ThreadPool,
  path: string,
  signal: AbortSignal | undefined,
): Promise<KnownImage> {
  const modified = await requireFile(path);
  const info = await pool.call((worker) => worker.inspect({ source: { path } }), signal);
  return { ...knownImageOf(info, modified), path };
}

/** The file's modification time, in milliseconds since 1970. @throws Failure `io.*` when there is no file. */
async function requireFile(path: string): Promise<number> {
  const status = await stat(path).catch((error: unknown) => {
    throw systemFailure(error, path);
  });
  if (!status.isFile()) throw new Failure('image.unrecognised', { path });
  return status.mtimeMs;
}

function entryOf(catalogue: Catalogue, id: number): LibraryEntry {
  const entry = findImage(catalogue, id);
  if (!entry)
    throw new Failure('input.invalid', { problem: inEnglish('the library has no entry {id}', { id }) });
  return entry;
}
