/** The palette of commands: whether it is open, and the images that it offers by name. */
import type { LibraryEntry } from '#shared/domain/library.ts';
import { api } from '../api.ts';

const mostImages = 8;
/** What is typed in one go is asked for once. */
const pauseMilliseconds = 60;

class Palette {
  open = $state(false);
  images = $state.raw<readonly LibraryEntry[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  /** Looks for images that answer `text`; an answer that comes late changes nothing. */
  look(text: string): void {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    if (text.trim() === '') {
      this.images = [];
      return;
    }
    this.#timer = setTimeout(() => void this.#fetch(text, asked), pauseMilliseconds);
  }

  async #fetch(text: string, asked: number): Promise<void> {
    try {
      const sort = { key: 'name', direction: 'ascending' } as const;
      const { entries } = await api.library.query({ text, scope: '', sort, offset: 0, limit: mostImages });
      if (asked === this.#asked) this.images = entries;
    } catch {
      // What is no query yet finds nothing; a lost connection is said elsewhere.
      if (asked === this.#asked) this.images = [];
    }
  }
}

export const palette = new Palette();
