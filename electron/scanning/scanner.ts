/** Keeps the library true to the watched folders: scans them one at a time, and follows what changes in them. */
import type { LibraryEntry, LibraryEvent } from '#shared/domain/library.ts';
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
import { listPresentPaths, markMissing, markMissingBelow } from '../catalogue/sightings.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import type { Clock } from './clock.ts';
import { FolderScan, type ScanOutcome, type ScanParts } from './folder-scan.ts';
import type { LookCounts } from './look-batches.ts';
import { Following } from './following.ts';
import { GrowingFiles } from './growing-files.ts';
import type { ThreadLooker } from './looker.ts';
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
const stampsAtATime = 1000;
const missingAtATime = 200;
/** How often those who watch are told of a scan that is under way. */
const tellMilliseconds = 250;

/** What is to be done in one folder. */
interface Task {
  deep: boolean;
  readonly folders: Set<string>;
  readonly waiting: { resolve(result: ScanResult): void; reject(error: unknown): void }[];
}

interface CurrentScan {
  readonly id: number;
  readonly scan: FolderScan;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

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
  readonly #tasks = new Map<number, Task>();
  readonly #growing: GrowingFiles;
  readonly #closing = new AbortController();
  #current: CurrentScan | null = null;
  #working: Promise<void> | null = null;
  #stopLooking: (() => void) | null = null;

  constructor(parts: ScannerParts) {
    this.#parts = parts;
    const { catalogue, looker, clock, events } = parts;
    this.#scanParts = {
      catalogue,
      looker,
      now: () => clock.now(),
      changed: (ids) => events.publish({ changed: ids }),
    };
    this.#growing = new GrowingFiles({
      scan: this.#scanParts,
      clock,
      log: parts.log,
      rested: () => {
        parts.foldersChanged();
        void this.#restWhenIdle();
      },
    });
  }

  /** Scans all folders, and follows them from now on. */
  start(): void {
    this.#lookAfterAll();
    this.#stopLooking = this.#every(retryMilliseconds, () => this.#lookAfterAll());
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
    this.#ask(folder.id, null);
    foldersChanged();
    return this.#described(folder);
  }

  /** Stops watching a folder. The files stay; so do its entries, unless they are to be forgotten. @throws Failure `input.invalid`. */
  async remove(id: number, forgetImages: boolean): Promise<void> {
    const { catalogue, events, foldersChanged } = this.#parts;
    const { path } = findWatchedFolder(catalogue, id);
    this.#dropTask(id);
    await this.#unfollow(id);
    await this.#stopScan(id);
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
    return new Promise((resolve, reject) => this.#ask(id, null).waiting.push({ resolve, reject }));
  }

  /** Resolves when nothing is being scanned; growing files may still be waited for. */
  async idle(): Promise<void> {
    while (this.#working !== null) await this.#working;
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
    for (const id of [...this.#tasks.keys()]) this.#dropTask(id);
    this.#current?.stop.abort();
    for (const id of [...this.#followed.keys()]) await this.#unfollow(id);
    // A look that hangs ends with its thread, and nobody waits for its answer any more.
    const closed = this.#growing.close();
    await this.#parts.looker.rest();
    await closed;
    await this.#working;
  }

  #described(folder: StoredFolder): WatchedFolder {
    const progress: ScanProgress | null =
      this.#current?.id === folder.id
        ? this.#current.scan.progress
        : this.#tasks.has(folder.id)
          ? nothingDone
          : null;
    const following = this.#followed.get(folder.id)?.live === true ? 'live' : 'rescans';
    return { ...folder, progress, following };
  }

  /** Asks for a scan of `folder` in a watched one; null for all of it. */
  #ask(id: number, folder: string | null): Task {
    const task = this.#tasks.get(id) ?? { deep: false, folders: new Set<string>(), waiting: [] };
    if (folder === null) task.deep = true;
    else task.folders.add(folder);
    this.#tasks.set(id, task);
    if (!this.#closing.signal.aborted) this.#working ??= this.#work();
    return task;
  }

  #dropTask(id: number): void {
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    for (const { reject } of task?.waiting ?? []) reject(new Failure('operation.cancelled', {}));
  }

  /** Does what was asked for, one folder at a time, until nothing is left. */
  async #work(): Promise<void> {
    // Whoever asked may ask for more before anything begins.
    await Promise.resolve();
    for (;;) {
      const next = this.#tasks.entries().next();
      if (next.done === true || this.#closing.signal.aborted) break;
      const [id, task] = next.value;
      this.#tasks.delete(id);
      try {
        const result = await this.#scanFolder(id, task);
        for (const { resolve } of task.waiting) resolve(result);
      } catch (error) {
        const failure = Failure.from(error);
        if (failure.code === 'internal') this.#parts.log(`a scan failed: ${failure.message}`);
        for (const { reject } of task.waiting) reject(failure);
      }
    }
    this.#working = null;
    await this.#restWhenIdle();
  }

  /** Nobody needs the threads until something is asked for. */
  async #restWhenIdle(): Promise<void> {
    if (this.#working === null && this.#growing.idle) await this.#parts.looker.rest();
  }

  async #scanFolder(id: number, task: Task): Promise<ScanResult> {
    const { catalogue, foldersChanged } = this.#parts;
    const stored = findWatchedFolder(catalogue, id);
    const target = {
      root: stored.path,
      folders: task.deep ? [stored.path] : [...task.folders],
      deep: task.deep,
    };
    const stop = new AbortController();
    const scan = new FolderScan(this.#scanParts, target);
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#current = { id, scan, stop, ended };
    const startedAt = this.#parts.clock.now();
    const stopTelling = this.#every(tellMilliseconds, foldersChanged);
    try {
      const outcome = await scan.run(stop.signal);
      if (stop.signal.aborted) throw new Failure('operation.cancelled', {});
      this.#growing.add(outcome.growing, stored.path);
      await this.#finish(stored, target.deep, outcome);
      return { ...outcome, filesGrowing: outcome.growing.length };
    } finally {
      const followed = this.#followed.get(id);
      if (followed) followed.lastMilliseconds = this.#parts.clock.now() - startedAt;
      this.#current = null;
      end();
      stopTelling();
      foldersChanged();
    }
  }

  async #stopScan(id: number): Promise<void> {
    const current = this.#current;
    if (current?.id !== id) return;
    current.stop.abort();
    await current.ended;
  }

  async #finish(stored: StoredFolder, deep: boolean, { rootFailure }: ScanOutcome): Promise<void> {
    const { catalogue, clock } = this.#parts;
    const { id, path } = stored;
    if (rootFailure !== null) {
      recordFolderFailure(catalogue, id, rootFailure);
      // A drive that is not there takes its images with it; one that cannot be read may have them still.
      if (rootFailure.code === 'io.not-found') await this.#markMissing(path);
      throw Failure.fromData(rootFailure);
    }
    if (!deep) return;
    if (stored.scannedAt === null) await this.#lookForEarlier(path);
    recordScan(catalogue, id, new Date(clock.now()).toISOString());
    const followed = this.#followed.get(id);
    if (followed) followed.scannedAt = clock.now();
  }

  /** In stretches: a drive may have very many images, and searches get their answers in between. */
  async #markMissing(folder: string): Promise<void> {
    const { catalogue, events } = this.#parts;
    let after: string | null = null;
    while (!this.#closing.signal.aborted) {
      const from: string | null = after;
      const entries: LibraryEntry[] = catalogue.transaction(() =>
        markMissingBelow(catalogue, folder, from, missingAtATime),
      );
      if (entries.length === 0) break;
      after = entries[entries.length - 1]!.path;
      events.publish({ changed: entries.map(({ id }) => id) });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Entries that were in the library before their folder was watched may have lost their files since. */
  async #lookForEarlier(path: string): Promise<void> {
    const { catalogue, looker, events } = this.#parts;
    const paths = listPresentPaths(catalogue, path);
    for (let start = 0; start < paths.length; start += stampsAtATime) {
      const asked = paths.slice(start, start + stampsAtATime);
      const stamps = await looker.stampFiles(asked);
      const gone = asked.filter((_, index) => stamps[index] === null);
      const entries = catalogue.transaction(() => gone.flatMap((one) => markMissing(catalogue, one)));
      if (entries.length > 0) events.publish({ changed: entries.map(({ id }) => id) });
    }
  }

  /** Follows a folder from now on. */
  #follow(id: number): void {
    const { catalogue, watch, clock, foldersChanged, log } = this.#parts;
    const following = new Following(findWatchedFolder(catalogue, id).path, {
      watch,
      clock,
      changed: (folders) => {
        for (const folder of folders) this.#ask(id, folder);
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
        this.#ask(id, null);
      }
    }
  }

  /** A folder that came back is scanned, one that nobody tells about is scanned again. */
  #lookAfter(id: number, following: Following): void {
    if (this.#current?.id === id || this.#tasks.has(id)) return;
    const { failure } = findWatchedFolder(this.#parts.catalogue, id);
    if (failure === null) following.begin();
    else void following.lose();
    const { scannedAt } = following;
    const isOld = scannedAt !== null && this.#parts.clock.now() - scannedAt >= rescanMilliseconds;
    if (failure !== null || isOld) this.#ask(id, null);
  }

  async #unfollow(id: number): Promise<void> {
    const following = this.#followed.get(id);
    this.#followed.delete(id);
    await following?.close();
  }

  #every(milliseconds: number, run: () => void): () => void {
    let cancel = (): void => {};
    const again = (): void => {
      cancel = this.#parts.clock.after(milliseconds, () => {
        run();
        again();
      });
    };
    again();
    return () => cancel();
  }
}
