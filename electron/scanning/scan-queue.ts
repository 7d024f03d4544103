/** Which watched folders are to be scanned: one after the other, and all that is asked for of one before its turn at once. */
import type { ScanResult } from '#shared/domain/scan.ts';
import { Failure } from '#shared/failure.ts';
import type { Log } from '../catalogue/database.ts';

export interface ScanQueueParts {
  /** Scans these folders of a watched one, or all of it (null). */
  readonly scan: (id: number, folders: readonly string[] | null, signal: AbortSignal) => Promise<ScanResult>;
  /** Nothing is left to scan. */
  readonly rested: () => Promise<void>;
  readonly log: Log;
}

/** What is to be done in one watched folder. */
interface Task {
  deep: boolean;
  readonly folders: Set<string>;
  readonly waiting: { resolve(result: ScanResult): void; reject(error: unknown): void }[];
}

interface CurrentTask {
  readonly id: number;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Watched folders go by their ids. */
export class ScanQueue {
  readonly #parts: ScanQueueParts;
  readonly #tasks = new Map<number, Task>();
  #current: CurrentTask | null = null;
  #working: Promise<void> | null = null;
  #closed = false;

  constructor(parts: ScanQueueParts) {
    this.#parts = parts;
  }

  /** Nothing waits for its turn, and nothing is being scanned. */
  get isIdle(): boolean {
    return this.#working === null;
  }

  /** Whether a scan waits for its turn; one that has begun does not any more. */
  has(id: number): boolean {
    return this.#tasks.has(id);
  }

  /** Asks for a scan of `folder` in a watched one; null for all of it. */
  ask(id: number, folder: string | null): void {
    this.#taskFor(id, folder);
  }

  /** Asks for a scan of all of it. The result counts what that scan did. @throws Failure what it failed with, `operation.cancelled`. */
  scan(id: number): Promise<ScanResult> {
    return new Promise((resolve, reject) => this.#taskFor(id, null).waiting.push({ resolve, reject }));
  }

  /** Takes back what waits for its turn. */
  drop(id: number): void {
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    for (const { reject } of task?.waiting ?? []) reject(new Failure('operation.cancelled', {}));
  }

  /** Stops the scan that is under way, if it is this folder's, and waits for its end. */
  async stop(id: number): Promise<void> {
    const current = this.#current;
    if (current?.id !== id) return;
    current.stop.abort();
    await current.ended;
  }

  /** Resolves when nothing is left to scan. */
  async idle(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  /** Drops and stops everything at once; resolves when all has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const id of [...this.#tasks.keys()]) this.drop(id);
    this.#current?.stop.abort();
    await this.#working;
  }

  #taskFor(id: number, folder: string | null): Task {
    const task = this.#tasks.get(id) ?? { deep: false, folders: new Set<string>(), waiting: [] };
    if (folder === null) task.deep = true;
    else task.folders.add(folder);
    this.#tasks.set(id, task);
    if (!this.#closed) this.#working ??= this.#work();
    return task;
  }

  /** Does what was asked for until nothing is left. */
  async #work(): Promise<void> {
    // Whoever asked may ask for more before anything begins.
    await Promise.resolve();
    for (;;) {
      const next = this.#tasks.entries().next();
      if (next.done === true || this.#closed) break;
      const [id, task] = next.value;
      this.#tasks.delete(id);
      try {
        const result = await this.#run(id, task);
        for (const { resolve } of task.waiting) resolve(result);
      } catch (error) {
        const failure = Failure.from(error);
        if (failure.code === 'internal') this.#parts.log(`a scan failed: ${failure.message}`);
        for (const { reject } of task.waiting) reject(failure);
      }
    }
    this.#working = null;
    await this.#parts.rested();
  }

  async #run(id: number, { deep, folders }: Task): Promise<ScanResult> {
    const stop = new AbortController();
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#current = { id, stop, ended };
    try {
      return await this.#parts.scan(id, deep ? null : [...folders], stop.signal);
    } finally {
      this.#current = null;
      end();
    }
  }
}
