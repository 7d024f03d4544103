/** What a person adds to the library: tags, ratings, notes, searches to keep. Each change tells how to take it back. */
import type { LibraryDesk, SavedSearch, Tag, TagChange } from '#shared/domain/library.ts';
import { inWords } from '#shared/text/in-words.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { notices } from './notices.svelte.ts';

/** Those that something is said of: their ids, and the name of the only one. */
export interface Annotated {
  readonly ids: readonly number[];
  readonly name: string | null;
}

/** As the contract takes it. */
interface Said {
  addTags?: string[];
  removeTags?: string[];
  note?: string;
  rating?: number | null;
}

class Desk {
  #desk = $state.raw<LibraryDesk>({ tags: [], searches: [], undo: null, redo: null });

  /** By name. */
  get tags(): readonly Tag[] {
    return this.#desk.tags;
  }

  /** In the order that the person gave them. */
  get searches(): readonly SavedSearch[] {
    return this.#desk.searches;
  }

  /** @throws Failure. */
  async refetch(): Promise<void> {
    this.#desk = await api.library.desk();
  }

  /** @returns whether it could be done; what went wrong is told. */
  tag(what: Annotated, name: string): Promise<boolean> {
    return this.#annotate(
      what,
      { addTags: [name] },
      t('Tagged {what} “{name}”.', { what: wordsFor(what), name }),
    );
  }

  untag(what: Annotated, name: string): Promise<boolean> {
    return this.#annotate(
      what,
      { removeTags: [name] },
      t('“{name}” is taken from {what}.', { name, what: wordsFor(what) }),
    );
  }

  /** `rating`: 1 to 5 stars; null takes it away. */
  rate(what: Annotated, rating: number | null): Promise<boolean> {
    const told =
      rating === null
        ? t('The rating is taken from {what}.', { what: wordsFor(what) })
        : t('Rated {what} {rating}.', { what: wordsFor(what), rating: '★'.repeat(rating) });
    return this.#annotate(what, { rating }, told);
  }

  note(what: Annotated, note: string): Promise<boolean> {
    const words = { what: wordsFor(what) };
    const told =
      note.trim() === '' ? t('The note is gone: {what}.', words) : t('The note is kept: {what}.', words);
    return this.#annotate(what, { note }, told);
  }

  /** @throws Failure when another tag has the name. */
  async changeTag({ id, name }: Tag, change: TagChange): Promise<void> {
    await api.library.changeTag({ id, ...change });
    await this.refetch();
    this.tell(
      change.name === undefined
        ? t('“{name}” has another colour.', { name })
        : t('“{before}” is “{name}” now.', { before: name, name: change.name }),
    );
  }

  removeTag({ id, name, count }: Tag): Promise<boolean> {
    const told =
      count === 0
        ? t('The tag “{name}” is gone.', { name })
        : t('The tag “{name}” is gone, also from {count, plural, one {# item} other {# items}}.', {
            name,
            count,
          });
    return this.#edit(() => api.library.removeTag({ id }), told);
  }

  /** Keeps a search, or (with `id`) changes one. @throws Failure when the name is taken. */
  async saveSearch(search: Omit<SavedSearch, 'id'> & { readonly id?: number }): Promise<SavedSearch> {
    const saved = await api.library.saveSearch(search);
    await this.refetch();
    this.tell(
      search.id === undefined
        ? t('“{name}” is in the sidebar.', { name: saved.name })
        : t('The collection is “{name}” now.', { name: saved.name }),
    );
    return saved;
  }

  removeSearch({ id, name }: SavedSearch): Promise<boolean> {
    return this.#edit(
      () => api.library.removeSearch({ id }),
      t('The collection “{name}” is gone.', { name }),
    );
  }

  /** Moves a collection one place up or down. */
  async moveSearch(search: SavedSearch, by: 1 | -1): Promise<void> {
    const ids = this.searches.map(({ id }) => id);
    const at = ids.indexOf(search.id);
    const other = ids[at + by];
    if (at < 0 || other === undefined) return;
    ids[at + by] = search.id;
    ids[at] = other;
    await this.#edit(
      () => api.library.orderSearches({ ids }),
      by < 0
        ? t('“{name}” is moved up.', { name: search.name })
        : t('“{name}” is moved down.', { name: search.name }),
    );
  }

  /** Takes the last change of the library back, or does it again. */
  async turn(direction: 'undo' | 'redo'): Promise<void> {
    try {
      const label = await api.library.undo({ direction });
      await this.refetch();
      const isUndo = direction === 'undo';
      if (label === null)
        notices.tell({
          title: isUndo ? t('There is nothing to undo.') : t('There is nothing to redo.'),
          topic: 'edit',
        });
      else
        notices.tell({
          title: isUndo
            ? t('Undone: {label}.', { label: inWords(label) })
            : t('Done again: {label}.', { label: inWords(label) }),
          topic: 'edit',
          action: isUndo
            ? { label: t('Redo'), run: () => void this.turn('redo') }
            : { label: t('Undo'), run: () => void this.turn('undo') },
        });
    } catch (error) {
      notices.fail(error);
    }
  }

  /** Tells of a change that can be taken back; only the last one has its button. */
  tell(title: string, detail: string | null = null): void {
    const action = { label: t('Undo'), run: () => void this.turn('undo') };
    notices.tell({ title, detail, topic: 'edit', action });
  }

  #annotate({ ids }: Annotated, annotation: Said, told: string): Promise<boolean> {
    return this.#edit(() => api.library.annotate({ ids: [...ids], ...annotation }), told);
  }

  async #edit(call: () => Promise<void>, told: string): Promise<boolean> {
    try {
      await call();
      await this.refetch();
    } catch (error) {
      notices.fail(error);
      return false;
    }
    this.tell(told);
    return true;
  }
}

function wordsFor({ ids, name }: Annotated): string {
  return name === null
    ? t('{count, plural, one {# item} other {# items}}', { count: ids.length })
    : `“${name}”`;
}

export const desk = new Desk();
