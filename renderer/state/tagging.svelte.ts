/** The dialog of tags: what is being tagged, and which tags it has. */
import { SvelteMap } from 'svelte/reactivity';
import type { Tag } from '#shared/domain/library.ts';
import { api } from '../api.ts';
import { desk, type Annotated } from './desk.svelte.ts';
import { notices } from './notices.svelte.ts';

/** `some`: not all of them have it, or they are too many to know. */
export type Tagged = 'all' | 'some' | 'none';

/** What one call may name. */
const mostLookedAt = 1000;

class Tagging {
  isOpen = $state(false);
  /** Null: tags are looked after, and nothing is tagged. */
  what = $state.raw<Annotated | null>(null);
  /** How many of them have a tag, by its id; null while that is not known. */
  #counts = $state.raw<SvelteMap<number, number> | null>(null);

  /** Asks which tags these should have. */
  async open(what: Annotated): Promise<void> {
    this.what = what;
    this.#counts = null;
    this.isOpen = true;
    if (what.ids.length > mostLookedAt) return;
    try {
      const counts = new SvelteMap<number, number>();
      for (const entry of await api.library.entries({ ids: [...what.ids] })) {
        for (const { id } of entry.tags) counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      if (this.what === what) this.#counts = counts;
    } catch (error) {
      notices.fail(error);
    }
  }

  /** Looks after the tags themselves. */
  manage(): void {
    this.what = null;
    this.isOpen = true;
  }

  close(): void {
    this.isOpen = false;
  }

  stateOf({ id }: Tag): Tagged {
    if (this.#counts === null) return 'some';
    const count = this.#counts.get(id) ?? 0;
    return count === 0 ? 'none' : count === this.what?.ids.length ? 'all' : 'some';
  }

  /** Gives all of them the tag, or takes it from all where all have it. */
  async toggle(tag: Tag): Promise<void> {
    const { what } = this;
    if (what === null) return;
    const takes = this.stateOf(tag) === 'all';
    const done = await (takes ? desk.untag(what, tag.name) : desk.tag(what, tag.name));
    if (done && this.what === what) this.#counts?.set(tag.id, takes ? 0 : what.ids.length);
  }

  /** Makes a tag and gives it to all of them. */
  async make(name: string): Promise<void> {
    const { what } = this;
    if (what === null || !(await desk.tag(what, name)) || this.what !== what) return;
    const made = desk.tags.find((tag) => tag.name === name);
    if (made !== undefined) this.#counts?.set(made.id, what.ids.length);
  }
}

export const tagging = new Tagging();
