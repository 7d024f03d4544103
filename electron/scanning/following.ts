/** One watched folder, followed: what the system tells of is gathered, and told on as the folders that it happened in. */
import { dirname, sep } from 'node:path';
import { inWords } from '#shared/text/in-words.ts';
import type { Log } from '../catalogue/database.ts';
import type { Clock } from './clock.ts';
import type { FolderWatch, WatchFolder } from './watching.ts';

/** Events come in bursts: a copy writes a file many times. */
const gatherMilliseconds = 300;
/** Scans that changes ask for take at most a fifth of the time. */
const gatherShare = 4;

export interface FollowingParts {
  /** Null: nothing is told of. */
  readonly watch: WatchFolder | null;
  readonly clock: Clock;
  /** Something happened in these folders. */
  readonly changed: (folders: readonly string[]) => void;
  /** Following began, or ended by itself. */
  readonly stateChanged: () => void;
  readonly log: Log;
}

export class Following {
  readonly path: string;
  readonly #parts: FollowingParts;
  readonly #gathered = new Set<string>();
  #watch: FolderWatch | null = null;
  #subscribing: Promise<void> | null = null;
  #cancel: (() => void) | null = null;
  #closed = false;
  /** When all of it was scanned last, by the scanner's clock. */
  scannedAt: number | null = null;
  /** How long the last scan took: the longer, the longer changes are gathered before the next. */
  lastMilliseconds = 0;

  constructor(path: string, parts: FollowingParts) {
    this.path = path;
    this.#parts = parts;
  }

  /** Whether changes are told of as they happen. */
  get live(): boolean {
    return this.#watch !== null;
  }

  /** Follows the folder, unless that is so already. What keeps the system from it goes to the log. */
  begin(): void {
    if (this.#watch !== null || this.#closed) return;
    this.#subscribing ??= this.#subscribe().finally(() => (this.#subscribing = null));
  }

  /** Ends what the system may still hold of a folder that went away: it does not come back with it. */
  async lose(): Promise<void> {
    const watch = this.#watch;
    this.#watch = null;
    await watch?.close().catch((error: unknown) => this.#parts.log(`${this.path}: ${String(error)}`));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#subscribing;
    await this.lose();
  }

  async #subscribe(): Promise<void> {
    const { watch, stateChanged, log } = this.#parts;
    if (watch === null) return;
    try {
      this.#watch = await watch(
        this.path,
        (paths) => this.#gather(paths),
        (reason) => {
          log(`${this.path} is not followed any more: ${inWords(reason)}`);
          void this.lose();
          stateChanged();
        },
      );
    } catch (error) {
      log(`${this.path} cannot be followed: ${String(error)}`);
    }
    if (this.#closed) await this.lose();
    else stateChanged();
  }

  #gather(paths: readonly string[]): void {
    for (const path of paths) {
      if (!this.#isHidden(path)) this.#gathered.add(path === this.path ? path : dirname(path));
    }
    if (this.#gathered.size === 0 || this.#cancel !== null || this.#closed) return;
    const delay = Math.max(gatherMilliseconds, gatherShare * this.lastMilliseconds);
    this.#cancel = this.#parts.clock.after(delay, () => {
      this.#cancel = null;
      this.#parts.changed([...this.#gathered]);
      this.#gathered.clear();
    });
  }

  /** What a scan leaves out: partial files of a conversion, which change all the time, are hidden too. */
  #isHidden(path: string): boolean {
    return path
      .slice(this.path.length)
      .split(sep)
      .some((name) => name.startsWith('.') || name.startsWith('$'));
  }
}
