/** The entries of files that somebody asked for: looked up once, and again when they may be other than before. */
import { SvelteMap } from 'svelte/reactivity';
import type { LibraryEntry } from '#shared/domain/library.ts';

export interface ByPathParts {
  readonly find: (path: string) => Promise<LibraryEntry | null>;
  /** Every entry that was found. */
  readonly seen: (entry: LibraryEntry) => void;
}

export class EntriesByPath {
  readonly #parts: ByPathParts;
  /** Null where there is none. */
  readonly #entries = new SvelteMap<string, LibraryEntry | null>();
  readonly #underWay = new Set<string>();

  constructor(parts: ByPathParts) {
    this.#parts = parts;
  }

  /** The entry of a file; null where there is none, or it is not known yet. */
  at(path: string): LibraryEntry | null {
    const known = this.#entries.get(path);
    if (known === undefined) void this.#look(path);
    return known ?? null;
  }

  /** Entries were changed, null: any of them. A file that had none may have one now. */
  refetch(changed: readonly number[] | null): void {
    for (const [path, entry] of this.#entries) {
      if (changed === null || entry === null || changed.includes(entry.id)) void this.#look(path);
    }
  }

  async #look(path: string): Promise<void> {
    if (this.#underWay.has(path)) return;
    this.#underWay.add(path);
    try {
      const entry = await this.#parts.find(path);
      if (entry !== null) this.#parts.seen(entry);
      this.#entries.set(path, entry);
    } catch {
      // The connection is lost; it is asked for again when it is back.
    } finally {
      this.#underWay.delete(path);
    }
  }
}
