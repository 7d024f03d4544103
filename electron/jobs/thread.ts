/** The thread of the jobs: runs the queue, whose writes wait for the disk, and at times for another thread's, away from the main thread. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openCatalogue } from '../catalogue/database.ts';
import { takeProcessLock } from '../catalogue/process-lock.ts';
import { clientOver, serveCalls } from '../worker/calls.ts';
import { WorkerThread, type WorkerEntries } from '../worker/client.ts';
import { keepJobs, type JobKeeperEvent } from './keeper.ts';
import { borrowedStore, type LentStore } from './lent-store.ts';
import { ThreadPool } from './pool.ts';
import type { AccessTo } from './work.ts';

/** What the main thread answers. */
export interface JobThreadHost {
  readonly accessTo: AccessTo;
}

export interface JobThreadStart {
  readonly databasePath: string;
  readonly locksFolder: string;
  readonly workerEntries: WorkerEntries;
  /** Jobs that run at the same time. */
  readonly cores: number;
  /** To what the main thread answers. */
  readonly host: MessagePort;
  readonly secrets: LentStore;
}

const { calls, databasePath, locksFolder, workerEntries, cores, host, secrets } =
  workerData as JobThreadStart & { readonly calls: MessagePort };
const tell = (event: JobKeeperEvent): void => parentPort!.postMessage(event);
const catalogue = openCatalogue(databasePath, { log: (line) => tell({ kind: 'log', line }) });
// Of its own: should this thread die, the next one finds its owner gone, as after a crash of the whole.
const owner = takeProcessLock(locksFolder);
const pool = new ThreadPool(() => new WorkerThread(workerEntries));
const { accessTo } = clientOver<JobThreadHost>(host);
const store = borrowedStore(secrets);
const keeper = keepJobs({ catalogue, pool, owner, cores, accessTo, openSecrets: () => store, tell });

serveCalls(calls, {
  ...keeper,
  close: async () => {
    await keeper.close();
    await pool.close();
    owner.release();
    catalogue.close();
  },
});
