/** Keeps the library true to the watched folders: scans them one at a time, and follows what changes in them. */
import type { LibraryEvent } from '#shared/domain/library.ts';
import type { ScanProgress, ScanResult, WatchedFolder } from '#shared/domain/scan.ts';
import { Failure } from '#shared/failure.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import {
  addWatchedFolder,
  findWatchedFolder,
  listWatchedFolders,
  listWatchedPaths,
  recordFolderFailure,
  recordScan,
  removeWatchedFolder,
  type StoredFolder,
} from '../catalogue/folders.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import { every, type Clock } from './clock.ts';
import { FolderScan, type ScanOutcome, type ScanParts } from './folder-scan.ts';
import type { LookCounts } from './look-batches.ts';
import { Following } from './following.ts';
import { markGoneFiles, markGoneFolder } from './gone-files.ts';
import { GrowingFiles } from './growing-files.ts';
import type { ThreadLooker } from './looker.ts';
import { ScanQueue } from './scan-queue.ts';
import type { WatchFolder } from './watching.ts';

export interface ScannerParts {
  readonly catalogue: Catalogue;
  readonly looker: Pick<ThreadLooker, 'listFolders' | 'stampFiles' | 'recogniseFiles' | 'rest'>;
  /** Null: nothing is followed, folders are scanned when asked. */
  readonly watch: WatchFolder | null;
  readonly clock: Clock;
  readonly events: Pick<Broadcast<LibraryEvent>, 'publish'>;
  /** Something about the folders is other than before. */
  readonly foldersChanged: () => void;
  readonly log: Log;
}

/** A folder that is not there, or that cannot be followed, is tried again this often. */
const retryMilliseconds = 15_000;
/** Other machines' changes on a network drive are not told of. */
const rescanMilliseconds = 30 * 60_000;
/** How often those who watch are told of a scan that is under way. */
const tellMilliseconds = 250;

const nothingDone: ScanResult = {
  foldersRead: 0,
  filesListed: 0,
  filesOpened: 0,
  filesGrowing: 0,
  added: 0,
  changed: 0,
  moved: 0,
  missing: 0,
};

export class Scanner {
  readonly #parts: ScannerParts;
  readonly #scanParts: ScanParts;
  readonly #followed = new Map<number, Following>();
  readonly #queue: ScanQueue;
  readonly #growing: GrowingFiles;
  readonly #closing = new AbortController();
  #current: { readonly id: number; readonly scan: FolderScan } | null = null;
  #stopLooking: (() => void) | null = null;

  constructor(parts: ScannerParts) {
    this.#parts = parts;
    const { catalogue, looker, clock, events, log } = parts;
    this.#scanParts = {
      catalogue,
      looker,
      now: () => clock.now(),
      changed: (ids) => events.publish({ changed: ids }),
    };
    this.#queue = new ScanQueue({
      scan: (id, folders, signal) => this.#scanFolder(id, folders, signal),
      rested: () => this.#restWhenIdle(),
      log,
    });
    this.#growing = new GrowingFiles({
      scan: this.#scanParts,
      clock,
      log,
      rested: () => {
        parts.foldersChanged();
        void this.#restWhenIdle();
      },
    });
  }

  /** Scans all folders, and follows them from now on. */
  start(): void {
    this.#lookAfterAll();
    this.#stopLooking = every(this.#parts.clock, retryMilliseconds, () => this.#lookAfterAll());
  }

  /** All watched folders with what is known of them. */
  list(): WatchedFolder[] {
    return listWatchedFolders(this.#parts.catalogue).map((folder) => this.#described(folder));
  }

  /** Watches one folder more, and begins to scan it. `path` is absolute. @throws Failure `input.invalid`. */
  add(path: string): WatchedFolder {
    const { catalogue, clock, foldersChanged } = this.#parts;
    const folder = addWatchedFolder(catalogue, path, new Date(clock.now()).toISOString());
    this.#follow(folder.id);
    this.#queue.ask(folder.id, null);
    foldersChanged();
    return this.#described(folder);
  }

  /** Stops watching a folder. The files stay; so do its entries, unless they are to be forgotten. @throws Failure `input.invalid`. */
  async remove(id: number, forgetImages: boolean): Promise<void> {
    const { catalogue, events, foldersChanged } = this.#parts;
    const { path } = findWatchedFolder(catalogue, id);
    this.#queue.drop(id);
    await this.#unfollow(id);
    await this.#queue.stop(id);
    await this.#growing.forget(path);
    const forgotten = removeWatchedFolder(catalogue, id, forgetImages);
    if (forgotten.length > 0) events.publish({ changed: forgotten });
    foldersChanged();
  }

  /**
   * Looks through a folder, or those parts of it. The result counts what this scan did.
   * @throws Failure `io.*` when the folder cannot be read; `operation.cancelled` when it is not watched any more.
   */
  async scan(id: number): Promise<ScanResult> {
    if (this.#closing.signal.aborted) throw new Failure('operation.cancelled', {});
    findWatchedFolder(this.#parts.catalogue, id);
    return this.#queue.scan(id);
  }

  /** Resolves when nothing is being scanned; growing files may still be waited for. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** What was done with files of a watched folder that had to be waited for, since this scanner began. */
  settledIn(root: string): LookCounts {
    return this.#growing.doneIn(root);
  }

  /** Files that are waited for until nobody writes them any more. */
  get growingPaths(): readonly string[] {
    return this.#growing.paths;
  }

  /** Whether there are such files, or some that have come to rest are being looked at. */
  get settling(): boolean {
    return !this.#growing.idle;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopLooking?.();
    const stopped = this.#queue.close();
    for (const id of [...this.#followed.keys()]) await this.#unfollow(id);
    // A look that hangs ends with its thread, and nobody waits for its answer any more.
    const closed = this.#growing.close();
    await this.#parts.looker.rest();
    await closed;
    await stopped;
  }

  #described(folder: StoredFolder): WatchedFolder {
    const progress: ScanProgress | null =
      this.#current?.id === folder.id
        ? this.#current.scan.progress
        : this.#queue.has(folder.id)
          ? nothingDone
          : null;
    const following = this.#followed.get(folder.id)?.live === true ? 'live' : 'rescans';
    return { ...folder, progress, following };
  }

  /** Nobody needs the threads until something is asked for. */
  async #restWhenIdle(): Promise<void> {
    if (this.#queue.isIdle && this.#growing.idle) await this.#parts.looker.rest();
  }

  async #scanFolder(id: number, folders: readonly string[] | null, signal: AbortSignal): Promise<ScanResult> {
    const { catalogue, clock, foldersChanged } = this.#parts;
    const stored = findWatchedFolder(catalogue, id);
    const deep = folders === null;
    const target = { root: stored.path, folders: folders ?? [stored.path], deep };
    const scan = new FolderScan(this.#scanParts, target);
    this.#current = { id, scan };
    const startedAt = clock.now();
    const stopTelling = every(clock, tellMilliseconds, foldersChanged);
    try {
      const outcome = await scan.run(signal);
      if (signal.aborted) throw new Failure('operation.cancelled', {});
      this.#growing.add(outcome.growing, stored.path);
      await this.#finish(stored, deep, outcome);
      return { ...outcome, filesGrowing: outcome.growing.length };
    } finally {
      const followed = this.#followed.get(id);
      if (followed) followed.lastMilliseconds = clock.now() - startedAt;
      this.#current = null;
      stopTelling();
      foldersChanged();
    }
  }

  async #finish(stored: StoredFolder, deep: boolean, { rootFailure }: ScanOutcome): Promise<void> {
    const { catalogue, clock } = this.#parts;
    const { id, path } = stored;
    if (rootFailure !== null) {
      recordFolderFailure(catalogue, id, rootFailure);
      // A drive that is not there takes its images with it; one that cannot be read may have them still.
      if (rootFailure.code === 'io.not-found')
        await markGoneFolder(this.#scanParts, path, this.#closing.signal);
      throw Failure.fromData(rootFailure);
    }
    if (!deep) return;
    if (stored.scannedAt === null) await markGoneFiles(this.#scanParts, path);
    recordScan(catalogue, id, new Date(clock.now()).toISOString());
    const followed = this.#followed.get(id);
    if (followed) followed.scannedAt = clock.now();
  }

  /** Follows a folder from now on. */
  #follow(id: number): void {
    const { catalogue, watch, clock, foldersChanged, log } = this.#parts;
    const following = new Following(findWatchedFolder(catalogue, id).path, {
      watch,
      clock,
      changed: (folders) => {
        for (const folder of folders) this.#queue.ask(id, folder);
      },
      stateChanged: foldersChanged,
      log,
    });
    this.#followed.set(id, following);
    following.begin();
  }

  /** Called now and then. Another process may have changed which folders are watched. */
  #lookAfterAll(): void {
    const ids = new Set(listWatchedPaths(this.#parts.catalogue).map(({ id }) => id));
    for (const id of [...this.#followed.keys()]) if (!ids.has(id)) void this.#unfollow(id);
    for (const id of ids) {
      const followed = this.#followed.get(id);
      if (followed) this.#lookAfter(id, followed);
      else {
        this.#follow(id);
        this.#queue.ask(id, null);
      }
    }
  }

  /** A folder that came back is scanned, one that nobody tells about is scanned again. */
  #lookAfter(id: number, following: Following): void {
    if (this.#current?.id === id || this.#queue.has(id)) return;
    const { failure } = findWatchedFolder(this.#parts.catalogue, id);
    if (failure === null) following.begin();
    else void following.lose();
    const { scannedAt } = following;
    const isOld = scannedAt !== null && this.#parts.clock.now() - scannedAt >= rescanMilliseconds;
    if (failure !== null || isOld) this.#queue.ask(id, null);
  }

  async #unfollow(id: number): Promise<void> {
    const following = this.#followed.get(id);
    this.#followed.delete(id);
    await following?.close();
  }
}
