/** The folders that Platter watches, as a window sees them. */
import { realpath, stat } from 'node:fs/promises';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import type { LibraryKeeper } from '../library/keeper.ts';
import type { Implementer } from './implementer.ts';
import { absolutePath } from './paths.ts';

export interface FolderServiceParts {
  readonly library: LibraryKeeper;
  readonly folderEvents: Broadcast<'changed'>;
}

export function implementFolders(os: Implementer['folders'], { library, folderEvents }: FolderServiceParts) {
  return {
    list: os.list.handler(() => library.listFolders()),
    watch: os.watch.handler(({ signal }) => folderEvents.watch(signal)),
    add: os.add.handler(async ({ input }) =>
      library.addFolder({ path: await folderToWatch(absolutePath(input.path)) }),
    ),
    remove: os.remove.handler(({ input }) => library.removeFolder(input)),
    scan: os.scan.handler(({ input }) => library.scanFolder(input)),
  };
}

/**
 * The folder by the name that no link is part of: so no two watched folders are one.
 * @throws Failure `io.*`; `input.invalid` when it is no folder.
 */
export async function folderToWatch(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if (!(await stat(real)).isDirectory())
      throw new Failure('input.invalid', { problem: inEnglish('{path} is no folder', { path }) });
    return real;
  } catch (error) {
    throw systemFailure(error, path);
  }
}
