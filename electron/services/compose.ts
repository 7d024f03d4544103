/** Builds everything behind the contract: the same for the desktop app and for the browser. */
import { availableParallelism } from 'node:os';
import { openInPlace } from '../catalogue/moving.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import { takeProcessLock, type ProcessLock } from '../catalogue/process-lock.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import { jobsInThread } from '../jobs/client.ts';
import {
  createContentEvents,
  createFolderEvents,
  createJobEvents,
  createLibraryEvents,
  createUpkeepEvents,
} from '../jobs/events.ts';
import { keepJobs, type JobKeeper, type JobKeeperEvent } from '../jobs/keeper.ts';
import { ThreadPool, type StartThread } from '../jobs/pool.ts';
import type { AccessTo } from '../jobs/work.ts';
import { libraryInThread } from '../library/client.ts';
import { keepLibrary, type KeeperEvent, type LibraryKeeper } from '../library/keeper.ts';
import { systemClock, type Clock } from '../scanning/clock.ts';
import { watchFolder, type WatchFolder } from '../scanning/watching.ts';
import { WorkerThread, type WorkerEntries } from '../worker/client.ts';
import type { JobEvent } from '#shared/domain/job.ts';
import type { LibraryEvent } from '#shared/domain/library.ts';
import type { HostAbilities } from './host.ts';
import type { AccountBook } from './account-book.ts';
import type { CloudImageBook } from './cloud-image-book.ts';
import { firstList } from './first-list.ts';
import { Inbox } from './inbox.ts';
import { RecentFolders } from './recent-folders.ts';
import { MemorySecrets, type SecretStore } from './secrets.ts';
import { createRouter, type AppRouter } from './router.ts';
import { UpkeepKeeper } from './upkeep-keeper.ts';
import { upkeepRunner } from './upkeep-runner.ts';

export interface ComposeOptions {
  /** The library's folder; PLATTER_HOME or the platform's own when absent. */
  readonly home?: string;
  readonly workerEntries: WorkerEntries;
  /** The script of the thread that works on the library file; without it, that happens in this one. */
  readonly upkeepEntry?: string;
  /** The script of the thread that keeps the library; without one it is kept in this thread. */
  readonly libraryEntry?: string;
  /** The script of the thread that runs the jobs' queue; without one it runs in this thread. */
  readonly jobsEntry?: string;
  readonly host: HostAbilities;
  /** When the host can be asked for what it keeps; absent: at once. No job begins before. */
  readonly hostReady?: Promise<unknown>;
  /** Lines for who looks into a problem; stderr unless said otherwise. */
  readonly log?: Log;
  /** Jobs that run at the same time; the machine's cores unless said otherwise. */
  readonly cores?: number;
  readonly startThread?: StartThread;
  /** How changes in folders are followed; the system's means unless said otherwise. */
  readonly watch?: WatchFolder;
  readonly clock?: Clock;
}

export interface Backend {
  /** To be served over any of oRPC's transports. */
  readonly router: AppRouter;
  /** Where requests to the window go: open these files, show that view. */
  readonly inbox: Inbox;
  readonly jobs: JobKeeper;
  readonly jobEvents: Broadcast<JobEvent>;
  readonly libraryEvents: Broadcast<LibraryEvent>;
  readonly catalogue: Catalogue;
  readonly libraryFolder: string;
  /** The computer runs on its battery from now on, or does not. */
  power(onBattery: boolean): void;
  /** Puts off running jobs, which become interrupted and keep only what they can go on with, and ends all threads. */
  close(): Promise<void>;
}

/**
 * Opens the library, settles what a crash left, and starts what was queued.
 * @throws Failure `catalogue.newer`, `io.*`
 */
export function compose(options: ComposeOptions): Backend {
  const { host, workerEntries, log = logToStderr } = options;
  const { catalogue, location } = openInPlace(options.home, log);
  const owner = takeLockFor(catalogue, location.locksFolder);
  const startThread = options.startThread ?? (() => new WorkerThread(workerEntries));
  const pool = new ThreadPool(startThread);
  const events = createLibraryEvents(log);
  const folderEvents = createFolderEvents(log);
  const contentEvents = createContentEvents(log);
  const jobEvents = createJobEvents(log);
  const tell = (event: KeeperEvent | JobKeeperEvent): void => {
    if (event.kind === 'library') events.publish({ changed: event.changed });
    else if (event.kind === 'job') jobEvents.publish(event.event);
    else if (event.kind === 'folders') folderEvents.publish('changed');
    else if (event.kind === 'contents') contentEvents.publish('changed');
    else log(event.line);
  };
  const { databasePath, locksFolder } = location;
  const library: LibraryKeeper =
    options.libraryEntry === undefined
      ? keepLibrary({
          catalogue,
          startThread,
          watch: options.watch ?? watchFolder,
          clock: options.clock ?? systemClock,
          tell,
        })
      : libraryInThread({ entry: options.libraryEntry, databasePath, workerEntries, tell });
  void library.prepare().catch((error: unknown) => log(`the library is not read: ${String(error)}`));
  const list = firstList();
  let secrets: SecretStore | null = null;
  const openSecrets = (): SecretStore => (secrets ??= host.openSecrets?.() ?? new MemorySecrets());
  let accountBook: Promise<AccountBook> | null = null;
  // Loaded with what it needs when it is first asked for.
  const accounts = (): Promise<AccountBook> =>
    (accountBook ??= import('./account-book.ts').then(
      ({ AccountBook }) => new AccountBook(catalogue, openSecrets()),
    ));
  const accessTo: AccessTo = async (account) => (await accounts()).access(account);
  const cores = options.cores ?? availableParallelism();
  const { jobsEntry } = options;
  const jobs: JobKeeper =
    jobsEntry === undefined
      ? keepJobs({ catalogue, pool, owner, cores, accessTo, openSecrets, tell })
      : jobsInThread({
          entry: jobsEntry,
          after: Promise.all([list.drawn, options.hostReady]),
          databasePath,
          locksFolder,
          workerEntries,
          cores,
          accessTo,
          openSecrets,
          tell,
        });
  let imageBook: Promise<CloudImageBook> | null = null;
  const cloudImages = (): Promise<CloudImageBook> =>
    (imageBook ??= Promise.all([accounts(), import('./cloud-image-book.ts')]).then(
      ([known, { CloudImageBook }]) =>
        new CloudImageBook({
          catalogue,
          accounts: known,
          isAlive: (id) => owner.isAlive(id),
          takePermission: (object) => jobs.takePermission(object),
        }),
    ));
  const upkeepEvents = createUpkeepEvents(log);
  const keeper = new UpkeepKeeper({
    catalogue,
    location,
    home: options.home,
    run: upkeepRunner(options.upkeepEntry),
    clock: options.clock ?? systemClock,
    jobsUnderWay: () => jobs.underWay(),
    changed: () => upkeepEvents.publish('changed'),
    contentReplaced: () => {
      events.publish({ changed: null });
      folderEvents.publish('changed');
      void library.reload().catch((error: unknown) => log(`the library is not read again: ${String(error)}`));
    },
    log,
  });
  const inbox = new Inbox();
  const router = createRouter({
    catalogue,
    library,
    pool,
    jobs,
    jobEvents,
    events,
    folderEvents,
    contentEvents,
    keeper,
    upkeepEvents,
    inbox,
    recentFolders: new RecentFolders(),
    host,
    accounts,
    cloudImages,
    libraryPath: location.databasePath,
    firstList: list,
    log,
  });
  keeper.start();
  let closed: Promise<void> | null = null;
  void list.drawn.then(() => {
    if (closed !== null) return;
    library.start().catch((error: unknown) => log(`the library is not followed: ${String(error)}`));
    pool.warm();
  });
  void jobs.recover().catch((error: unknown) => log(`the jobs are not taken up: ${String(error)}`));
  const close = async (): Promise<void> => {
    await keeper.close();
    await library.close();
    await jobs.close();
    await pool.close();
    owner.release();
    catalogue.close();
  };
  return {
    router,
    inbox,
    jobs,
    jobEvents,
    libraryEvents: events,
    catalogue,
    libraryFolder: location.folder,
    power: (onBattery) => {
      library
        .power({ onBattery })
        .catch((error: unknown) => log(`the battery is not heeded: ${String(error)}`));
    },
    close: () => (closed ??= close()),
  };
}

/** @throws Failure `io.*`, having closed the catalogue. */
function takeLockFor(catalogue: Catalogue, folder: string): ProcessLock {
  try {
    return takeProcessLock(folder);
  } catch (error) {
    catalogue.close();
    throw error;
  }
}

function logToStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
