/** How one entry stands to others: what it was made from and what from it, and whose blocks it has. */
import type { SharedContent } from '#shared/domain/content.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import type { Lineage } from '#shared/domain/lineage.ts';
import { Failure } from '#shared/failure.ts';
import { api } from '../api.ts';

class Relations {
  lineage = $state.raw<Lineage | null>(null);
  /** Null where its content is not known; undefined before the answer. */
  shared = $state.raw<SharedContent | null | undefined>(undefined);
  failure = $state.raw<Failure | null>(null);
  #entryId: number | null = null;
  #asked = 0;

  /** Asks for an entry's relations; an answer for another one that comes late is dropped. */
  async load({ id }: LibraryEntry): Promise<void> {
    const asked = ++this.#asked;
    if (id !== this.#entryId) {
      this.lineage = null;
      this.shared = undefined;
    }
    this.#entryId = id;
    this.failure = null;
    try {
      const lineage = await api.contents.lineage({ id });
      if (asked !== this.#asked) return;
      this.lineage = lineage;
      const shared = await api.contents.shared({ id });
      if (asked === this.#asked) this.shared = shared;
    } catch (error) {
      if (asked === this.#asked) this.failure = Failure.from(error);
    }
  }
}

export const relations = new Relations();
