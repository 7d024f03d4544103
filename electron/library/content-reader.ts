/** Reads the content of disks in the background: one at a time, last of all work on the machine, and only files at rest. */
import type { ContentFile, ContentPause, ContentProgress, ContentTree } from '#shared/domain/content.ts';
import { unlimited, type JobLimits } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import {
  countContents,
  forgetContentsOf,
  isStillUnread,
  listLooseFiles,
  listUnread,
  recordContent,
  recordUnreadable,
  type ContentCounts,
  type UnreadImage,
} from '../catalogue/contents.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { lastChange } from '../catalogue/guest-looks.ts';
import { jobsWait } from '../catalogue/jobs.ts';
import { readSettings } from '../catalogue/settings.ts';
import type { StartThread, Thread } from '../jobs/pool.ts';
import type { Clock } from '../scanning/clock.ts';
import type { WorkerClient } from '../worker/client.ts';

export interface ContentReaderParts {
  readonly catalogue: Catalogue;
  readonly startThread: StartThread;
  readonly clock: Clock;
  /** Whether something is going on that comes first. */
  readonly scanning: () => boolean;
  /** Whether a file lies on a drive that comes and goes. `known`: the folders that were asked for. */
  readonly isDistant: (path: string, known: Map<string, boolean>) => Promise<boolean>;
  /** Entries have another content than before. */
  readonly changed: (ids: readonly number[]) => void;
  /** The progress is another. */
  readonly progressed: () => void;
  readonly log: (line: string) => void;
}

/** The window and the first scans come first. */
const firstMilliseconds = 15_000;
/** How often we look for something to read. */
const idleMilliseconds = 10_000;
/** How often we look, while we read, whether somebody else should have the machine. */
const watchMilliseconds = 1000;
/** A file that was written so recently may be written again. */
const restMilliseconds = 60_000;
/** When a file that changed under us, or whose entry is behind, is tried again. */
const againMilliseconds = 5 * 60_000;
/** How often files that no entry stands for (a base, an extent) are looked at. */
const looseMilliseconds = 10 * 60_000;
/** Finding out which are next goes through all images: it is done once for so many. */
const imagesAtATime = 500;
/** So does counting: while images are read, it is done this often. */
const countMilliseconds = 5000;
const limits: JobLimits = { ...unlimited, workers: 0, lowPriority: true };

export class ContentReader {
  readonly #parts: ContentReaderParts;
  /** What is to be read next, as far as it still is when its turn comes. */
  #queue: UnreadImage[] = [];
  /** There was nothing to read at this change of the library. */
  #emptyAt: number | null = null;
  #counted: { readonly counts: ContentCounts; readonly change: number; readonly at: number } | null = null;
  /** Images that are not to be read before a moment. */
  readonly #later = new Map<number, number>();
  #thread: Thread | null = null;
  #reading: UnreadImage | null = null;
  #threadRests = false;
  #cancelTimer: (() => void) | null = null;
  #running: Promise<void> | null = null;
  #paused = false;
  #onBattery = false;
  /** The person asked for it now: settings and the battery do not matter until all is read. */
  #wanted = false;
  #looseAt = 0;
  #closed = false;

  constructor(parts: ContentReaderParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#after(firstMilliseconds);
  }

  /** How far it is. */
  get progress(): ContentProgress {
    const progress = this.#thread?.progress ?? null;
    const counts = this.#counts();
    const isDone = counts.known + counts.unreadable >= counts.total;
    return {
      ...counts,
      reading:
        this.#reading === null
          ? null
          : {
              name: this.#reading.path,
              doneBytes: Math.min(progress?.doneBytes ?? 0, progress?.totalBytes ?? 0),
              totalBytes: progress?.totalBytes ?? 0,
            },
      pause: isDone ? null : this.#pauseNow(),
    };
  }

  #counts(): ContentCounts {
    const { catalogue, clock } = this.#parts;
    const change = lastChange(catalogue);
    const known = this.#counted;
    const isNew = (at: number): boolean => this.#reading !== null && clock.now() - at < countMilliseconds;
    if (known !== null && (known.change === change || isNew(known.at))) return known.counts;
    this.#counted = { counts: countContents(catalogue), change, at: clock.now() };
    return this.#counted.counts;
  }

  /** Reads all that is unread, whatever the settings say. */
  readNow(): void {
    this.#paused = false;
    this.#wanted = true;
    this.#later.clear();
    this.#look();
  }

  /** Stops until it is told to go on, or Platter starts again. */
  pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.#wanted = false;
    this.#look();
  }

  power(onBattery: boolean): void {
    this.#onBattery = onBattery;
    this.#look();
  }

  /** Settings are others, or the library is. */
  look(): void {
    this.#look();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#thread?.cancel();
    await this.#thread?.terminate();
    await this.#running;
  }

  #pauseNow(): ContentPause | null {
    const { catalogue, scanning } = this.#parts;
    if (this.#paused) return 'paused';
    if (!this.#wanted) {
      const { contents } = readSettings(catalogue);
      if (contents === 'off') return 'off';
      if (contents === 'on-mains' && this.#onBattery) return 'battery';
    }
    return jobsWait(catalogue) || scanning() ? 'busy' : null;
  }

  #look(): void {
    if (this.#closed) return;
    this.#heed();
    this.#parts.progressed();
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      this.#after(idleMilliseconds);
    });
  }

  #after(milliseconds: number): void {
    this.#cancelTimer?.();
    if (this.#closed) return;
    this.#cancelTimer = this.#parts.clock.after(milliseconds, () => this.#look());
  }

  /** Reads what there is, until there is nothing, or something comes first. Never rejects. */
  async #run(): Promise<void> {
    try {
      while (!this.#closed && this.#pauseNow() === null) {
        await this.#checkLooseFiles();
        const next = await this.#next();
        if (next === null) {
          this.#wanted = false;
          break;
        }
        await this.#read(next);
      }
    } catch (error) {
      if (!this.#closed) this.#parts.log(`contents are not read: ${String(error)}`);
    }
    if (this.#reading === null && !this.#closed) this.#dropThread();
    this.#parts.progressed();
  }

  async #next(): Promise<UnreadImage | null> {
    const { catalogue, clock, isDistant } = this.#parts;
    const now = clock.now();
    const { contentsOnDrives } = readSettings(catalogue);
    const near = new Map<string, boolean>();
    for (let isFresh = false; ;) {
      const image = this.#queue.shift();
      if (image === undefined) {
        if (isFresh || !this.#fillQueue()) return null;
        isFresh = true;
        continue;
      }
      if ((this.#later.get(image.id) ?? 0) > now) continue;
      if (!this.#wanted && (image.modifiedMilliseconds ?? 0) > now - restMilliseconds) continue;
      if (!this.#wanted && !contentsOnDrives && (await isDistant(image.path, near))) continue;
      if (isStillUnread(catalogue, image)) return image;
    }
  }

  /** @returns whether there is anything. */
  #fillQueue(): boolean {
    const { catalogue } = this.#parts;
    const change = lastChange(catalogue);
    if (change === this.#emptyAt) return false;
    this.#queue = listUnread(catalogue, imagesAtATime + this.#later.size);
    this.#emptyAt = this.#queue.length === 0 ? change : null;
    return this.#queue.length > 0;
  }

  async #read(image: UnreadImage): Promise<void> {
    const { catalogue, clock, changed } = this.#parts;
    this.#reading = image;
    this.#threadRests = false;
    this.#parts.progressed();
    const stopWatching = this.#watch();
    const { path } = image;
    const readAt = (): string => new Date(clock.now()).toISOString();
    let kept = false;
    try {
      const content: ContentTree = await this.#ask((client) => client.contentTree({ source: { path } }));
      kept = recordContent(catalogue, image.id, content, readAt());
    } catch (error) {
      const failure = Failure.from(error);
      // A file that changed meanwhile is read again; an operation that was stopped says nothing of the file.
      if (!/^(operation|input)\./.test(failure.code) && !this.#closed) {
        const file = await this.#fileAt(path);
        kept = file !== null && recordUnreadable(catalogue, image.id, file, failure.toData(), readAt());
      }
    } finally {
      stopWatching();
      this.#reading = null;
      if (!kept) this.#later.set(image.id, clock.now() + againMilliseconds);
    }
    if (kept) changed([image.id]);
  }

  #ask<T>(call: (client: WorkerClient) => Promise<T>): Promise<T> {
    if (this.#thread?.alive !== true) this.#thread = this.#parts.startThread();
    return this.#thread.run(call, { limits });
  }

  async #fileAt(path: string): Promise<ContentFile | null> {
    const [stamp] = await this.#ask((client) => client.stampFiles({ paths: [path] }));
    if (stamp === null || stamp === undefined || stamp.inode === '') return null;
    return { path, role: 'image', allocatedBytes: stamp.sizeBytes, stamp };
  }

  /** Has the thread rest while something else comes first, for as long as it reads. @returns how to end that. */
  #watch(): () => void {
    let stop: () => void = () => {};
    const again = (): void => {
      stop = this.#parts.clock.after(watchMilliseconds, () => {
        this.#heed();
        this.#parts.progressed();
        again();
      });
    };
    again();
    return () => stop();
  }

  #heed(): void {
    if (this.#reading === null || this.#thread === null) return;
    const pause = this.#pauseNow();
    if (pause === 'off') this.#thread.cancel();
    else if ((pause !== null) !== this.#threadRests) {
      this.#threadRests = pause !== null;
      if (this.#threadRests) this.#thread.pause();
      else this.#thread.resume();
    }
  }

  /** What an image stands on may change without any entry that tells of it. */
  async #checkLooseFiles(): Promise<void> {
    const { catalogue, clock, changed } = this.#parts;
    if (clock.now() < this.#looseAt) return;
    this.#looseAt = clock.now() + looseMilliseconds;
    const files = listLooseFiles(catalogue);
    for (let start = 0; start < files.length; start += imagesAtATime) {
      const some = files.slice(start, start + imagesAtATime);
      const stamps = await this.#ask((client) => client.stampFiles({ paths: some.map(({ path }) => path) }));
      for (const [index, { path, stamp }] of some.entries()) {
        const now = stamps[index];
        const same =
          now?.sizeBytes === stamp.sizeBytes && now.modifiedMilliseconds === stamp.modifiedMilliseconds;
        if (!same) changed(forgetContentsOf(catalogue, path));
      }
    }
  }

  #dropThread(): void {
    void this.#thread?.terminate();
    this.#thread = null;
  }
}
