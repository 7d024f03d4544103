/** The files of all watched folders that somebody is still writing: looked at every second, opened when they rest. */
import { isBelow } from '../catalogue/path-range.ts';
import type { ScanParts } from './folder-scan.ts';
import { LookBatches, type LookCounts } from './look-batches.ts';
import { Settling } from './settling.ts';
import type { Clock } from './clock.ts';
import type { Log } from '../catalogue/database.ts';

const lookMilliseconds = 1000;

export interface GrowingParts {
  readonly scan: ScanParts;
  readonly clock: Clock;
  readonly log: Log;
  /** Files were opened, and there may be none left. */
  readonly rested: () => void;
}

const nothingDone: LookCounts = { filesOpened: 0, added: 0, changed: 0, moved: 0 };

export class GrowingFiles {
  readonly #parts: GrowingParts;
  readonly #settling = new Settling();
  /** What was done with files that came to rest, by the watched folder that they lie in. */
  readonly #done = new Map<string, LookCounts>();
  #cancel: (() => void) | null = null;
  #looking: Promise<void> | null = null;
  #closed = false;

  constructor(parts: GrowingParts) {
    this.#parts = parts;
  }

  get paths(): readonly string[] {
    return this.#settling.paths;
  }

  /** Nothing is waited for, and nothing is being looked at. */
  get idle(): boolean {
    return this.#settling.size === 0 && this.#looking === null;
  }

  /** What was done so far with those of a watched folder. */
  doneIn(root: string): LookCounts {
    return this.#done.get(root) ?? nothingDone;
  }

  /** Waits for files of the watched folder `root`. */
  add(paths: readonly string[], root: string): void {
    for (const path of paths) this.#settling.add(path);
    if (paths.length > 0) this.#done.set(root, this.doneIn(root));
    this.#wait();
  }

  /** Forgets those of a folder that is not watched any more. */
  async forget(root: string): Promise<void> {
    await this.#looking;
    this.#settling.forget((path) => isBelow(path, root));
    this.#done.delete(root);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#looking;
  }

  #wait(): void {
    if (this.#closed || this.#cancel !== null || this.#looking !== null || this.#settling.size === 0) return;
    this.#cancel = this.#parts.clock.after(lookMilliseconds, () => {
      this.#cancel = null;
      this.#looking = this.#look()
        .catch((error: unknown) => {
          // Who closes takes the threads away from a look that is under way.
          if (!this.#closed) this.#parts.log(`files that are being written: ${String(error)}`);
          return false;
        })
        .then((opened) => {
          this.#looking = null;
          this.#wait();
          if (opened) this.#parts.rested();
        });
    });
  }

  /** Whether any were opened. */
  async #look(): Promise<boolean> {
    const { scan, clock } = this.#parts;
    const { paths } = this.#settling;
    const stamps = await scan.looker.stampFiles(paths);
    const now = new Map(paths.map((path, index) => [path, stamps[index] ?? null]));
    const settled = this.#settling.observe(now, clock.now());
    for (const [root, before] of this.#done) {
      const own = settled.filter((path) => isBelow(path, root));
      if (own.length === 0) continue;
      const batches = new LookBatches(scan);
      for (const path of own) batches.add(path);
      await batches.finish();
      this.#done.set(root, sumOf(before, batches.counts));
    }
    return settled.length > 0;
  }
}

function sumOf(a: LookCounts, b: LookCounts): LookCounts {
  return {
    filesOpened: a.filesOpened + b.filesOpened,
    added: a.added + b.added,
    changed: a.changed + b.changed,
    moved: a.moved + b.moved,
  };
}
