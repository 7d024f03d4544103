/** Keeps the library true to the watched folders: scans them one at a time, and follows what changes in them. */
import { dirname } from 'node:path';
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
import { isBelow } from '../catalogue/path-range.ts';
import { listPresentPaths, markMissing, markMissingBelow } from '../catalogue/sightings.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import type { Clock } from './clock.ts';
import { FolderScan, type ScanOutcome, type ScanParts } from './folder-scan.ts';
import { LookBatches, type LookCounts } from './look-batches.ts';
import type { ThreadLooker } from './looker.ts';
import { Settling } from './settling.ts';
import type { FolderWatch, WatchFolder } from './watching.ts';

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

/** Events come in bursts: a copy writes a file many times. */
const gatherMilliseconds = 300;
/** Scans that changes ask for take at most a fifth of the time. */
const gatherShare = 4;
const settleMilliseconds = 1000;
/** A folder that is not there, or that cannot be followed, is tried again this often. */
const retryMilliseconds = 15_000;
/** Other machines' changes on a network drive are not told of. */
const rescanMilliseconds = 30 * 60_000;
const stampsAtATime = 1000;
/** How often those who watch are told of a scan that is under way. */
const tellMilliseconds = 250;

/** What is to be done in one folder. */
interface Task {
  deep: boolean;
  readonly folders: Set<string>;
  readonly waiting: { resolve(result: ScanResult): void; reject(error: unknown): void }[];
}

interface Followed {
  watch: FolderWatch | null;
  /** When all of it was scanned last, by the scanner's clock. */
  scannedAt: number | null;
  /** How long the last scan took: the longer, the longer changes are gathered before the next. */
  lastMilliseconds: number;
  readonly timers: Set<() => void>;
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

function sumOf(a: LookCounts, b: LookCounts): LookCounts {
  return {
    filesOpened: a.filesOpened + b.filesOpened,
    added: a.added + b.added,
    changed: a.changed + b.changed,
    moved: a.moved + b.moved,
  };
}

export class Scanner {
  readonly #parts: ScannerParts;
  readonly #scanParts: ScanParts;
  readonly #followed = new Map<number, Followed>();
  readonly #tasks = new Map<number, Task>();
  readonly #settling = new Settling();
  readonly #settled = new Map<number, LookCounts>();
  readonly #closing = new AbortController();
  #current: CurrentScan | null = null;
  #working: Promise<void> | null = null;
  #cancelSettling: (() => void) | null = null;
  #stopLooking: (() => void) | null = null;

  constructor(parts: ScannerParts) {
    this.#parts = parts;
    const { catalogue, looker, clock, events } = parts;
    this.#scanParts = {
      catalogue,
      looker,
      now: () => clock.now(),
      changed: (entries) => events.publish({ kind: 'changed', entries }),
      removed: (ids) => events.publish({ kind: 'removed', ids }),
    };
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
    this.#settling.forget((growing) => isBelow(growing, path));
    const forgotten = removeWatchedFolder(catalogue, id, forgetImages);
    if (forgotten.length > 0) events.publish({ kind: 'removed', ids: forgotten });
    foldersChanged();
  }

  /**
   * Looks through a folder, or those parts of it. The result counts what this scan did.
   * @throws Failure `io.*` when the folder cannot be read; `operation.cancelled` when it is not watched any more.
   */
  scan(id: number): Promise<ScanResult> {
    findWatchedFolder(this.#parts.catalogue, id);
    return new Promise((resolve, reject) => this.#ask(id, null).waiting.push({ resolve, reject }));
  }

  /** Resolves when nothing is being scanned; growing files may still be waited for. */
  async idle(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  /** What was done in a folder, since this scanner began, with files that had to be waited for. */
  settledSince(id: number): LookCounts {
    return this.#settled.get(id) ?? nothingDone;
  }

  /** Files that are waited for until nobody writes them any more. */
  get growingPaths(): readonly string[] {
    return this.#settling.paths;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopLooking?.();
    this.#cancelSettling?.();
    for (const id of [...this.#tasks.keys()]) this.#dropTask(id);
    this.#current?.stop.abort();
    for (const id of [...this.#followed.keys()]) await this.#unfollow(id);
    await this.#parts.looker.rest();
    await this.#working;
  }

  #described(folder: StoredFolder): WatchedFolder {
    const progress: ScanProgress | null =
      this.#current?.id === folder.id
        ? this.#current.scan.progress
        : this.#tasks.has(folder.id)
          ? nothingDone
          : null;
    const following = this.#followed.get(folder.id)?.watch ? 'live' : 'rescans';
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
    if (this.#settling.size === 0) await this.#parts.looker.rest();
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
      this.#settle(outcome);
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
    const { catalogue, clock, events } = this.#parts;
    const { id, path } = stored;
    if (rootFailure !== null) {
      recordFolderFailure(catalogue, id, rootFailure);
      // A drive that is not there takes its images with it; one that cannot be read may have them still.
      if (rootFailure.code === 'io.not-found') {
        const entries = catalogue.transaction(() => markMissingBelow(catalogue, path));
        if (entries.length > 0) events.publish({ kind: 'changed', entries });
      }
      throw Failure.fromData(rootFailure);
    }
    if (!deep) return;
    if (stored.scannedAt === null) await this.#lookForEarlier(path);
    recordScan(catalogue, id, new Date(clock.now()).toISOString());
    const followed = this.#followed.get(id);
    if (followed) followed.scannedAt = clock.now();
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
      if (entries.length > 0) events.publish({ kind: 'changed', entries });
    }
  }

  /** Follows a folder with the system's means, and looks after it where those do not reach. */
  #follow(id: number): void {
    const followed: Followed = { watch: null, scannedAt: null, lastMilliseconds: 0, timers: new Set() };
    this.#followed.set(id, followed);
    if (this.#parts.watch !== null) void this.#subscribe(id, followed);
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

  async #subscribe(id: number, followed: Followed): Promise<void> {
    const { catalogue, watch, foldersChanged, log } = this.#parts;
    const { path } = findWatchedFolder(catalogue, id);
    const gathered = new Set<string>();
    const changed = (paths: readonly string[]): void => {
      if (gathered.size === 0) {
        const delay = Math.max(gatherMilliseconds, gatherShare * followed.lastMilliseconds);
        const cancel = this.#parts.clock.after(delay, () => {
          followed.timers.delete(cancel);
          for (const folder of gathered) this.#ask(id, folder);
          gathered.clear();
        });
        followed.timers.add(cancel);
      }
      for (const one of paths) gathered.add(one === path ? path : dirname(one));
    };
    const failed = (reason: string): void => {
      log(`${path} is not followed any more: ${reason}`);
      void followed.watch?.close().catch(() => {});
      followed.watch = null;
      foldersChanged();
    };
    try {
      const started = await watch!(path, changed, failed);
      if (this.#followed.get(id) === followed) followed.watch = started;
      else await started.close();
    } catch (error) {
      log(`${path} cannot be followed: ${String(error)}`);
    }
    foldersChanged();
  }

  /** A folder that came back is scanned, one that nobody tells about is scanned again. */
  #lookAfter(id: number, followed: Followed): void {
    const { catalogue, clock } = this.#parts;
    if (this.#current?.id === id || this.#tasks.has(id)) return;
    const { failure } = findWatchedFolder(catalogue, id);
    if (failure !== null) {
      // The system's watch of a folder that went away does not come back with it.
      void followed.watch?.close().catch(() => {});
      followed.watch = null;
      this.#ask(id, null);
      return;
    }
    if (followed.watch === null && this.#parts.watch !== null) void this.#subscribe(id, followed);
    const { scannedAt } = followed;
    if (scannedAt !== null && clock.now() - scannedAt >= rescanMilliseconds) this.#ask(id, null);
  }

  async #unfollow(id: number): Promise<void> {
    const followed = this.#followed.get(id);
    this.#followed.delete(id);
    for (const cancel of followed?.timers ?? []) cancel();
    await followed?.watch?.close().catch((error: unknown) => this.#parts.log(String(error)));
  }

  #settle({ growing }: Pick<ScanOutcome, 'growing'>): void {
    for (const path of growing) this.#settling.add(path);
    this.#waitForRest();
  }

  #waitForRest(): void {
    if (this.#settling.size === 0 || this.#cancelSettling !== null || this.#closing.signal.aborted) return;
    this.#cancelSettling = this.#parts.clock.after(settleMilliseconds, () => {
      this.#cancelSettling = null;
      this.#openRested()
        .catch((error: unknown) => this.#parts.log(`growing files: ${String(error)}`))
        .finally(() => this.#waitForRest());
    });
  }

  /** Looks how the growing files are, and opens those that have come to rest. */
  async #openRested(): Promise<void> {
    const { looker, clock, foldersChanged } = this.#parts;
    const { paths } = this.#settling;
    const stamps = await looker.stampFiles(paths);
    const settled = this.#settling.observe(
      new Map(paths.map((path, index) => [path, stamps[index] ?? null])),
      clock.now(),
    );
    for (const { id, path: root } of listWatchedPaths(this.#parts.catalogue)) {
      const own = settled.filter((path) => isBelow(path, root));
      if (own.length === 0) continue;
      const batches = new LookBatches(this.#scanParts);
      for (const path of own) batches.add(path);
      await batches.finish();
      this.#settled.set(id, sumOf(this.settledSince(id), batches.counts));
      foldersChanged();
    }
    if (this.#settling.size === 0 && this.#working === null) await looker.rest();
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
