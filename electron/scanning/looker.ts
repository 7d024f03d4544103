/** Asking the threads of a scan, with a limit to how long a drive may take to answer. */
import type { FileLook, FileStamp, FolderContent, FolderRequest } from '#shared/domain/scan.ts';
import { ThreadPool, type StartThread } from '../jobs/pool.ts';
import type { WorkerClient } from '../worker/client.ts';

/** What a scan asks for. Each fails with `operation.interrupted` where the answer takes too long. */
export interface Looker {
  listFolders(folders: readonly FolderRequest[]): Promise<readonly FolderContent[]>;
  /** Null for what is not there. */
  stampFiles(paths: readonly string[]): Promise<readonly (FileStamp | null)[]>;
  recogniseFiles(paths: readonly string[]): Promise<readonly FileLook[]>;
}

/** One lists while the other opens. */
const threadCount = 2;
/** A network drive may be slow; one that has gone away never answers. */
const patienceMilliseconds = 60_000;

/** Threads of a scan's own, so that nobody else waits for them. */
export class ThreadLooker implements Looker {
  readonly #start: StartThread;
  #pool: ThreadPool | null = null;

  constructor(start: StartThread) {
    this.#start = start;
  }

  listFolders(folders: readonly FolderRequest[]): Promise<readonly FolderContent[]> {
    return this.#call((worker) => worker.listFolders({ folders: [...folders] }));
  }

  stampFiles(paths: readonly string[]): Promise<readonly (FileStamp | null)[]> {
    return this.#call((worker) => worker.stampFiles({ paths: [...paths] }));
  }

  recogniseFiles(paths: readonly string[]): Promise<readonly FileLook[]> {
    return this.#call((worker) => worker.recogniseFiles({ paths: [...paths] }));
  }

  /** Ends the threads until they are needed again: what asked for something fails. */
  async rest(): Promise<void> {
    const pool = this.#pool;
    this.#pool = null;
    await pool?.close();
  }

  #call<T>(work: (worker: WorkerClient) => Promise<T>): Promise<T> {
    this.#pool ??= new ThreadPool(this.#start, { idleJobThreads: 0, callThreads: threadCount });
    return this.#pool.call(work, AbortSignal.timeout(patienceMilliseconds));
  }
}
