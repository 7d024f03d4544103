/** The main thread's side of the library thread: the keeper's calls, answered over there. */
import { inEnglish } from '#shared/in-english.ts';
import type { WorkerEntries } from '../worker/client.ts';
import { keptInThread } from '../worker/kept-thread.ts';
import type { KeeperEvent, LibraryKeeper } from './keeper.ts';

export interface LibraryThreadParts {
  /** The thread's script: an absolute path. */
  readonly entry: string;
  readonly databasePath: string;
  readonly workerEntries: WorkerEntries;
  readonly tell: (event: KeeperEvent) => void;
}

/** Every write is a transaction: what is cut off then is not there. */
const closeMilliseconds = 5000;

/** Starts the thread. What is asked of a thread that dies fails with `operation.interrupted`. */
export function libraryInThread(parts: LibraryThreadParts): LibraryKeeper {
  const { entry, databasePath, workerEntries, tell } = parts;
  const log = (line: string): void => tell({ kind: 'log', line });
  return keptInThread<LibraryKeeper, KeeperEvent>({
    entry,
    begin: () => ({ data: { databasePath, workerEntries } }),
    tell,
    ended: (error) =>
      error === null
        ? inEnglish('the library thread ended')
        : inEnglish('the library thread failed: {error}', { error }),
    log,
    again: (library) => {
      library.start().then(
        () => tell({ kind: 'library', changed: null }),
        (error: unknown) => log(`the library is not followed: ${String(error)}`),
      );
    },
    closeMilliseconds,
  });
}
