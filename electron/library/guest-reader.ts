/** Looks into disks for the system on them, in the background: a few pieces of each, once, and after whatever comes first. */
import type { Catalogue } from '../catalogue/database.ts';
import { lastChange, listUnlooked, recordGuestLook, type UnlookedDisk } from '../catalogue/guest-looks.ts';
import { jobsWait } from '../catalogue/jobs.ts';
import { ThreadPool, type StartThread } from '../jobs/pool.ts';
import type { Clock } from '../scanning/clock.ts';

export interface GuestReaderParts {
  readonly catalogue: Catalogue;
  readonly startThread: StartThread;
  readonly clock: Clock;
  /** Whether something is going on that comes first. */
  readonly scanning: () => boolean;
  /** Entries say something else than before. */
  readonly changed: (ids: readonly number[]) => void;
  readonly log: (line: string) => void;
}

/** The window and the first scans come first. */
const firstMilliseconds = 3000;
/** How often we look whether there is something new. */
const idleMilliseconds = 3000;
/** A few at a time, so that what comes first does not wait. */
const disksAtATime = 20;
/** A network drive may be slow; one that has gone away never answers. */
const patienceMilliseconds = 60_000;

export class GuestReader {
  readonly #parts: GuestReaderParts;
  /** What gave no answer: it is left alone until Platter starts again. */
  readonly #passed = new Set<number>();
  #pool: ThreadPool | null = null;
  #cancelTimer: () => void = () => {};
  #running: Promise<void> = Promise.resolve();
  /** All that was there at this change was gone through. */
  #doneUpTo = -1;
  /** On the way from the newest entry to the oldest: where it is, and the change up to which it will have gone through all. */
  #pass: { readonly upTo: number; before: number } | null = null;
  #waiting: UnlookedDisk[] = [];
  #closed = false;

  constructor(parts: GuestReaderParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#after(firstMilliseconds);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    await this.#pool?.close();
    await this.#running;
  }

  #after(milliseconds: number): void {
    if (this.#closed) return;
    this.#cancelTimer = this.#parts.clock.after(milliseconds, () => {
      this.#running = this.#run().finally(() => this.#after(idleMilliseconds));
    });
  }

  /** Looks into all that there is, until there is nothing, or something comes first. Never rejects. */
  async #run(): Promise<void> {
    const { catalogue, scanning, log } = this.#parts;
    try {
      while (!this.#closed && !scanning() && !jobsWait(catalogue)) {
        if (this.#waiting.length > 0) await this.#look(this.#waiting.splice(0, disksAtATime));
        else if (!this.#findMore()) break;
        // Others have a word with the catalogue in between.
        else await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      if (!this.#closed) log(`systems on disks are not looked for: ${String(error)}`);
    }
    const pool = this.#pool;
    this.#pool = null;
    await pool?.close();
  }

  /** Goes through some entries more. @returns false when all were gone through. */
  #findMore(): boolean {
    const { catalogue } = this.#parts;
    const last = lastChange(catalogue);
    if (this.#pass === null && last === this.#doneUpTo) return false;
    const pass = (this.#pass ??= { upTo: last, before: Number.MAX_SAFE_INTEGER });
    const { disks, next } = listUnlooked(catalogue, this.#doneUpTo, pass.before);
    this.#waiting = disks.filter(({ id }) => !this.#passed.has(id));
    if (next === null) {
      this.#doneUpTo = pass.upTo;
      this.#pass = null;
    } else pass.before = next;
    return true;
  }

  async #look(disks: readonly UnlookedDisk[]): Promise<void> {
    const { catalogue, startThread, changed } = this.#parts;
    this.#pool ??= new ThreadPool(startThread, { idleJobThreads: 0, callThreads: 1 });
    const paths = disks.map(({ path }) => path);
    const looks = await this.#pool
      .call((worker) => worker.lookForGuests({ paths }), AbortSignal.timeout(patienceMilliseconds))
      .catch(() => []);
    const others: number[] = [];
    for (const [index, { id }] of disks.entries()) {
      const look = looks[index];
      if (look === undefined || look.modifiedMilliseconds === null) this.#passed.add(id);
      else if (recordGuestLook(catalogue, id, look)) others.push(id);
    }
    if (others.length > 0) changed(others);
  }
}
