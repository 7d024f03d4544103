/** Which entries of the library are selected: one, some, a range, or all that a query finds. */
import { SvelteSet } from 'svelte/reactivity';
import type { LibraryEntry } from '#shared/domain/library.ts';

/** `one`: only this; `toggle`: this too, or not any more; `extend`: from the last one to this. */
export type SelectHow = 'one' | 'toggle' | 'extend';

export interface SelectionParts {
  /** The entry of a row, where it is known. */
  readonly at: (index: number) => LibraryEntry | undefined;
  /** The ids of rows that need not be known. */
  readonly idsOf: (offset: number, count: number) => Promise<readonly number[]>;
}

export class LibrarySelection {
  readonly #parts: SelectionParts;
  readonly ids = new SvelteSet<number>();
  /** The entry that the keys start from, and whose details are shown. */
  focused = $state.raw<LibraryEntry | null>(null);
  /** The row it is in. */
  focusIndex = $state(-1);
  /** Where a range begins. */
  #anchor = -1;
  /** Counts what was asked for: an answer that comes late changes nothing. */
  #asked = 0;
  /** What was asked for and is still coming: whether it came. Until then `ids` are what was selected before. */
  pending: Promise<boolean> | null = null;

  constructor(parts: SelectionParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.ids.size;
  }

  has(id: number): boolean {
    return this.ids.has(id);
  }

  /** Selects a row that is known. */
  async select(index: number, how: SelectHow): Promise<void> {
    const entry = this.#parts.at(index);
    if (entry === undefined) return;
    this.focused = entry;
    this.focusIndex = index;
    if (how === 'extend' && this.#anchor >= 0) {
      const [from, to] = [Math.min(this.#anchor, index), Math.max(this.#anchor, index)];
      await this.#take(this.#range(from, to - from + 1));
      return;
    }
    this.#asked += 1;
    this.#anchor = index;
    if (how === 'toggle' && this.ids.has(entry.id)) this.ids.delete(entry.id);
    else if (how === 'toggle') this.ids.add(entry.id);
    else this.#replace([entry.id]);
  }

  /** Selects all of the list. */
  async selectAll(total: number): Promise<void> {
    if ((await this.#take(this.#parts.idsOf(0, total))) && this.focused === null) {
      this.focused = this.#parts.at(0) ?? null;
      this.focusIndex = this.focused === null ? -1 : 0;
      this.#anchor = this.focusIndex;
    }
  }

  /** Selects one entry, wherever it stands; null: none. */
  set(entry: LibraryEntry | null, index: number): void {
    this.#asked += 1;
    this.#replace(entry === null ? [] : [entry.id]);
    this.focused = entry;
    this.focusIndex = index;
    this.#anchor = index;
  }

  /** The list is another one: where the focused entry stands now; null where it is not listed any more. */
  move(index: number | null): void {
    if (index === null) {
      if (this.focused !== null) this.ids.delete(this.focused.id);
      this.focused = null;
    }
    this.focusIndex = index ?? -1;
    this.#anchor = this.focusIndex;
  }

  /** An entry is other than before. */
  update(entry: LibraryEntry): void {
    if (this.focused?.id === entry.id) this.focused = entry;
  }

  /** Entries are gone. */
  drop(ids: readonly number[]): void {
    for (const id of ids) this.ids.delete(id);
    if (this.focused !== null && ids.includes(this.focused.id)) this.move(null);
  }

  /** Selects what is asked for, unless something else is meanwhile. @returns whether it did. */
  async #take(asked: Promise<readonly number[]>): Promise<boolean> {
    const turn = ++this.#asked;
    const taking = asked.then((ids) => {
      if (turn !== this.#asked) return false;
      this.#replace(ids);
      return true;
    });
    const pending = taking.catch(() => false);
    this.pending = pending;
    try {
      return await taking;
    } finally {
      if (this.pending === pending) this.pending = null;
    }
  }

  async #range(offset: number, count: number): Promise<readonly number[]> {
    const known: number[] = [];
    for (let index = offset; index < offset + count; index++) {
      const entry = this.#parts.at(index);
      if (entry === undefined) return this.#parts.idsOf(offset, count);
      known.push(entry.id);
    }
    return known;
  }

  #replace(ids: readonly number[]): void {
    this.ids.clear();
    for (const id of ids) this.ids.add(id);
  }
}
