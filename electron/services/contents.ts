/** What disks hold, as a window asks for it: duplicates and letting go of them, lineage, shared blocks. */
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { wouldGo, type ContentFile, type TrashedDuplicates } from '#shared/domain/content.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { filesOfContents, findContent, listUnreadIn } from '../catalogue/contents.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import { findDuplicates } from '../catalogue/duplicates.ts';
import { findImageByPath, removeImage } from '../catalogue/images.ts';
import { lineageOf } from '../catalogue/lineage.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import type { ThreadPool } from '../jobs/pool.ts';
import type { LibraryKeeper } from '../library/keeper.ts';
import type { LibraryEvent } from '#shared/domain/library.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { HostAbilities } from './host.ts';
import type { Implementer } from './implementer.ts';

export interface ContentServiceParts {
  readonly catalogue: Catalogue;
  readonly library: LibraryKeeper;
  readonly pool: ThreadPool;
  readonly events: Broadcast<LibraryEvent>;
  readonly contentEvents: Broadcast<'changed'>;
  readonly host: HostAbilities;
  readonly log: Log;
}

/** More images beside a file than this are not asked whether they stand on it: then it stays. */
const mostNeighbours = 500;

export function implementContents(os: Implementer['contents'], parts: ContentServiceParts) {
  const { catalogue, library, contentEvents } = parts;
  return {
    progress: os.progress.handler(() => library.contentProgress()),
    watch: os.watch.handler(({ signal }) => contentEvents.watch(signal)),
    pause: os.pause.handler(({ input }) => library.pauseContents(input)),
    readNow: os.readNow.handler(() => library.readContents()),
    duplicates: os.duplicates.handler(() => library.duplicates()),
    trashDuplicates: os.trashDuplicates.handler(({ input }) =>
      trashDuplicates(parts, input.keepId, input.ids),
    ),
    shared: os.shared.handler(({ input }) =>
      library.sharedBlocks({ id: input.id, otherId: input.otherId ?? null }),
    ),
    lineage: os.lineage.handler(({ input }) => lineageOf(catalogue, input.id)),
  };
}

/** @throws Failure `input.invalid` for what may not go; `io.*`. What went before that is gone, and told of. */
export async function trashDuplicates(
  parts: ContentServiceParts,
  keepId: number,
  ids: readonly number[],
): Promise<TrashedDuplicates> {
  const { catalogue, host, events } = parts;
  const { trash } = host;
  if (trash === undefined)
    throw new Failure('input.invalid', { problem: inEnglish('there is no trash here') });
  const content = findContent(catalogue, keepId);
  if (content === null || ids.includes(keepId))
    throw refused(inEnglish('what is to be kept is not known to be the same'));
  let bytes = 0;
  for (const id of ids) {
    // Asked for again each time: what goes may change what others stand on.
    const group = findDuplicates(catalogue, content.root);
    const duplicate =
      group === null ? undefined : wouldGo(group, keepId).find(({ entry }) => entry.id === id);
    if (duplicate === undefined || !group!.entries.some(({ entry }) => entry.id === keepId)) {
      throw refused(inEnglish('it has no duplicate any more, or others stand on it'));
    }
    const files = filesOfContents(catalogue, [keepId, id]);
    for (const one of [keepId, id]) await requireUnchanged(files.get(one) ?? []);
    const own = (files.get(id) ?? []).filter(({ role }) => role !== 'parent').map(({ path }) => path);
    const kept = (files.get(keepId) ?? []).map(({ path }) => path);
    if (own.some((path) => kept.includes(path)))
      throw refused(inEnglish('what is kept is read from its files'));
    await requireUnneeded(parts, duplicate.entry.path, own);
    for (const path of own) {
      await trash(path);
      const entry = findImageByPath(catalogue, path);
      if (entry !== null && removeImage(catalogue, entry.id)) events.publish({ changed: [entry.id] });
    }
    bytes += duplicate.bytes;
  }
  parts.contentEvents.publish('changed');
  return { count: ids.length, bytes };
}

async function requireUnchanged(files: readonly ContentFile[]): Promise<void> {
  if (files.length === 0) throw refused(inEnglish('its content is not known'));
  for (const { path, stamp } of files) {
    const status = await stat(path, { bigint: true }).catch((error: unknown) => {
      throw systemFailure(error, path);
    });
    const modified = Number(status.mtimeNs / 1_000_000n);
    if (
      Number(status.size) !== stamp.sizeBytes ||
      String(status.ino) !== stamp.inode ||
      Math.abs(modified - stamp.modifiedMilliseconds) > 1
    ) {
      throw refused(inEnglish('“{path}” has changed since it was read', { path: basename(path) }));
    }
  }
}

/** Images whose content nobody has read yet may stand on the file, too: those beside it, or above it, are looked into. */
async function requireUnneeded(
  { catalogue, pool }: ContentServiceParts,
  path: string,
  own: readonly string[],
) {
  const neighbours = listUnreadIn(catalogue, foldersAbove(path), mostNeighbours + 1);
  if (neighbours.length > mostNeighbours) {
    throw refused(
      inEnglish('too many images beside “{path}” are not read yet: one may stand on it', {
        path: basename(path),
      }),
    );
  }
  for (const neighbour of neighbours) {
    if (own.includes(neighbour)) continue;
    const info = await pool
      .call((worker) => worker.inspect({ source: { path: neighbour } }))
      .catch(() => null);
    if (info?.parent === null || info?.parent === undefined) continue;
    if (own.includes(resolve(dirname(neighbour), info.parent.name))) {
      throw refused(
        inEnglish('“{neighbour}” stands on “{path}”', {
          neighbour: basename(neighbour),
          path: basename(path),
        }),
      );
    }
  }
}

/** Images name what they stand on in their own folder, or below it. */
function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    folders.push(folder);
    if (dirname(folder) === folder) return folders;
  }
}

function refused(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
