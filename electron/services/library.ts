/** The catalogue of images, as a window sees it. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LibraryEntry, LibraryEvent } from '#shared/domain/library.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import {
  annotate,
  changeTag,
  forgetImages,
  listSavedSearches,
  listTags,
  relocateImage,
  removeSavedSearch,
  removeTag,
  saveSearch,
} from '../catalogue/annotations.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { editedImages, nextLabel } from '../catalogue/edits.ts';
import {
  findImage,
  findImageByPath,
  findImages,
  knownImageOf,
  rememberImage,
  removeImage,
  type KnownImage,
} from '../catalogue/images.ts';
import type { LibraryIndex } from '../catalogue/library-index.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import type { ThreadPool } from '../jobs/pool.ts';
import type { HostAbilities } from './host.ts';
import type { Implementer } from './implementer.ts';
import { absolutePath } from './paths.ts';
import type { Presence } from './presence.ts';
import type { RecentFolders } from './recent-folders.ts';
import { renameFile } from './rename.ts';
import { turnEdit } from './undo.ts';

export interface LibraryServiceParts {
  readonly catalogue: Catalogue;
  readonly index: LibraryIndex;
  readonly pool: ThreadPool;
  readonly events: Broadcast<LibraryEvent>;
  readonly presence: Presence;
  readonly host: HostAbilities;
  readonly recentFolders: RecentFolders;
}

export function implementLibrary(os: Implementer['library'], parts: LibraryServiceParts) {
  const { catalogue, index, events, presence, host } = parts;
  return {
    query: os.query.handler(({ input: { offset, limit, place, ...query } }) =>
      index.page(query, offset, limit, place ?? null),
    ),
    counts: os.counts.handler(({ input: { text, scope, scopes } }) => index.counts(text, scope, scopes)),
    ids: os.ids.handler(({ input: { offset, limit, ...query } }) => index.ids(query, offset, limit)),
    entries: os.entries.handler(({ input }) => findImages(catalogue, input.ids)),
    find: os.find.handler(({ input }) => findImageByPath(catalogue, absolutePath(input.path))),
    watch: os.watch.handler(({ signal }) => {
      void presence.refresh().then((entries) => {
        if (entries.length > 0) events.publish({ changed: entries.map(({ id }) => id) });
      });
      return events.watch(signal);
    }),
    add: os.add.handler(({ input, signal }) => addImages(parts, input.paths, signal)),
    remove: os.remove.handler(({ input }) => {
      for (const id of input.ids.slice(0, 1)) entryOf(catalogue, id);
      forgetImages(catalogue, input.ids);
      events.publish({ changed: input.ids });
    }),
    rename: os.rename.handler(async ({ input }) => {
      const { id, path } = entryOf(catalogue, input.id);
      const newPath = await renameFile(path, input.fileName);
      const droppedId = relocateImage(catalogue, id, newPath, true);
      events.publish({ changed: droppedId === null ? [id] : [id, droppedId] });
      return entryOf(catalogue, id);
    }),
    locate: os.locate.handler(({ input, signal }) => locateImage(parts, input, signal)),
    trash: os.trash.handler(async ({ input }) => {
      const { id, path } = entryOf(catalogue, input.id);
      if (!host.trash) throw new Failure('input.invalid', { problem: 'there is no trash here' });
      await requireFile(path);
      await host.trash(path);
      if (removeImage(catalogue, id)) events.publish({ changed: [id] });
    }),
    annotate: os.annotate.handler(({ input: { ids, ...annotation } }) => {
      annotate(catalogue, ids, annotation);
      events.publish({ changed: ids });
    }),
    desk: os.desk.handler(() => ({
      tags: listTags(catalogue),
      searches: listSavedSearches(catalogue),
      undo: nextLabel(catalogue, 'undo')?.label ?? null,
      redo: nextLabel(catalogue, 'redo')?.label ?? null,
    })),
    changeTag: os.changeTag.handler(({ input: { id, ...changes } }) => {
      changeTag(catalogue, id, changes);
      events.publish({ changed: null });
    }),
    removeTag: os.removeTag.handler(({ input }) => {
      removeTag(catalogue, input.id);
      events.publish({ changed: null });
    }),
    saveSearch: os.saveSearch.handler(({ input }) => {
      const saved = saveSearch(catalogue, input);
      events.publish({ changed: [] });
      return saved;
    }),
    removeSearch: os.removeSearch.handler(({ input }) => {
      removeSavedSearch(catalogue, input.id);
      events.publish({ changed: [] });
    }),
    undo: os.undo.handler(async ({ input }) => {
      const turned = await turnEdit(catalogue, input.direction);
      if (turned !== null) events.publish({ changed: editedImages(turned) });
      return turned?.label ?? null;
    }),
    reveal: os.reveal.handler(async ({ input }) => {
      const { path } = entryOf(catalogue, input.id);
      if (!host.reveal) throw new Failure('input.invalid', { problem: 'there is no file manager here' });
      await requireFile(path);
      await host.reveal(path);
    }),
  };
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
  const { id, kind, format, name } = entryOf(catalogue, input.id);
  const image = await inspectFile(pool, absolutePath(input.path), signal);
  if (image.kind !== kind || image.format !== format) {
    throw new Failure('input.invalid', {
      problem: `${image.path} is ${image.format}, and ${name} was ${format}`,
    });
  }
  const { entry, droppedId } = catalogue.transaction(() => {
    const dropped = relocateImage(catalogue, id, image.path, false);
    return { droppedId: dropped, entry: rememberImage(catalogue, image, new Date().toISOString()) };
  });
  events.publish({ changed: droppedId === null ? [id] : [id, droppedId] });
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
  if (!entry) throw new Failure('input.invalid', { problem: `the library has no entry ${id}` });
  return entry;
}
