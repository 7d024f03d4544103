/** What takes room on the disk: by what it is put together, how far one has gone in, and the areas of that. */
import type { SpaceArea, SpaceGrouping, SpaceMap } from '#shared/domain/library.ts';
import { Failure } from '#shared/failure.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { formats } from './formats.svelte.ts';
import { library } from './library.svelte.ts';

/** A step on the way in. */
export interface SpaceStep {
  readonly title: string;
  /** The group; null for all of the library. */
  readonly within: string | null;
  /** So many of the largest were shown before. */
  readonly skip: number;
}

const everything: SpaceStep = { title: t('Everything'), within: null, skip: 0 };

/** A group of one format has its id as its name. */
const titled = (area: SpaceArea): SpaceArea =>
  area.kind === 'group' ? { ...area, name: formats.titleOf(area.key) } : area;

class SpaceState {
  by = $state<SpaceGrouping>('folder');
  /** From the whole library to what is shown. */
  trail = $state.raw<readonly SpaceStep[]>([everything]);
  map = $state.raw<SpaceMap | null>(null);
  failure = $state.raw<Failure | null>(null);
  #asked = 0;

  groupBy(by: SpaceGrouping): void {
    this.by = by;
    this.trail = [everything];
  }

  goInto(step: SpaceStep): void {
    this.trail = [...this.trail, step];
  }

  /** Back to a step of the trail. */
  goBackTo(index: number): void {
    this.trail = this.trail.slice(0, index + 1);
  }

  /** Asks for the areas of what the library lists now; an answer that comes late changes nothing. */
  async ask(): Promise<void> {
    const { text, scope } = library.query;
    const { within, skip } = this.trail.at(-1)!;
    const asked = ++this.#asked;
    try {
      const map = await api.library.space({ text, scope, by: this.by, within, skip });
      if (asked !== this.#asked) return;
      this.map = { ...map, areas: map.areas.map((area) => (this.by === 'format' ? titled(area) : area)) };
      this.failure = null;
      // What was gone into may be gone, by a deletion or by another search.
      if (map.areas.length === 0 && this.trail.length > 1) this.goBackTo(this.trail.length - 2);
    } catch (error) {
      if (asked === this.#asked) this.failure = Failure.from(error);
    }
  }
}

export const space = new SpaceState();
