/** The catalogue of images, as a window sees it. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LibraryEntry, LibraryEvent } from '#shared/domain/library.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import type { Catalogue } from '../catalogue/database.ts';
import {
  findImage,
  knownImageOf,
  listImages,
  moveImage,
  rememberImage,
  removeImage,
  type KnownImage,
} from '../catalogue/images.ts';
import { ignoreSeenFile } from '../catalogue/sightings.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import type { ThreadPool } from '../jobs/pool.ts';
import type { HostAbilities } from './host.ts';
import type { Implementer } from './implementer.ts';
import { absolutePath } from './paths.ts';
import type { Presence } from './presence.ts';
import type { RecentFolders } from './recent-folders.ts';
import { renameFile } from './rename.ts';

export interface LibraryServiceParts {
  readonly catalogue: Catalogue;
  readonly pool: ThreadPool;
  readonly events: Broadcast<LibraryEvent>;
  readonly presence: Presence;
  readonly host: HostAbilities;
  readonly recentFolders: RecentFolders;
}

export function implementLibrary(os: Implementer['library'], parts: LibraryServiceParts) {
  const { catalogue, events, presence, host } = parts;
  const forget = (id: number): void => {
    if (removeImage(catalogue, id)) events.publish({ kind: 'removed', ids: [id] });
  };
  return {
    list: os.list.handler(async () => {
      const entries = await presence.refresh();
      if (entries.length > 0) events.publish({ kind: 'changed', entries });
      return listImages(catalogue);
    }),
    watch: os.watch.handler(({ signal }) => events.watch(signal)),
    add: os.add.handler(({ input, signal }) => addImages(parts, input.paths, signal)),
    remove: os.remove.handler(({ input }) => {
      const { id, path } = entryOf(catalogue, input.id);
      catalogue.transaction(() => {
        // In a watched folder it would come back with the next scan.
        ignoreSeenFile(catalogue, path);
        forget(id);
      });
    }),
    rename: os.rename.handler(async ({ input }) => {
      const { id, path } = entryOf(catalogue, input.id);
      const newPath = await renameFile(path, input.fileName);
      const { entry, droppedId } = moveImage(catalogue, id, newPath);
      if (droppedId !== null) events.publish({ kind: 'removed', ids: [droppedId] });
      events.publish({ kind: 'changed', entries: [entry] });
      return entry;
    }),
    locate: os.locate.handler(({ input, signal }) => locateImage(parts, input, signal)),
    trash: os.trash.handler(async ({ input }) => {
      const { id, path } = entryOf(catalogue, input.id);
      if (!host.trash) throw new Failure('input.invalid', { problem: 'there is no trash here' });
      await requireFile(path);
      await host.trash(path);
      forget(id);
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
      events.publish({ kind: 'changed', entries: [entry] });
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
    const moved = moveImage(catalogue, id, image.path);
    return { ...moved, entry: rememberImage(catalogue, image, new Date().toISOString()) };
  });
  if (droppedId !== null) events.publish({ kind: 'removed', ids: [droppedId] });
  events.publish({ kind: 'changed', entries: [entry] });
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
