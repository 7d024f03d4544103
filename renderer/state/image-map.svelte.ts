/** Which parts of an image hold data: the whole of it, and the part that is looked at closer. */
import type { MapOverview, Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { api } from '../api.ts';

/** More than the largest map on a page draws; the drawing folds them to the room it has. */
const askedCells = 2048;

export class ImageMap {
  readonly #path: string;
  whole = $state.raw<MapOverview | null>(null);
  /** What is shown: the whole, or a part of it. */
  shown = $state.raw<MapOverview | null>(null);
  failure = $state.raw<Failure | null>(null);
  #asked = false;
  #zooming: AbortController | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Asks for the whole, once. */
  async load(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      this.whole = await api.images.map({ source: { path: this.#path }, cells: askedCells });
      this.shown = this.whole;
      this.failure = null;
    } catch (error) {
      this.failure = Failure.from(error);
    }
  }

  /** Asks again, after the file has changed. */
  async reload(): Promise<void> {
    if (!this.#asked) return;
    this.#asked = false;
    await this.load();
  }

  /** Shows a part of the disk; null: the whole. What was asked before and has not come is given up. */
  async zoom(span: Span | null): Promise<void> {
    this.#zooming?.abort();
    this.#zooming = null;
    if (span === null) {
      this.shown = this.whole;
      return;
    }
    const zooming = new AbortController();
    this.#zooming = zooming;
    const request = { source: { path: this.#path }, span: { ...span }, cells: askedCells };
    try {
      this.shown = await api.images.map(request, { signal: zooming.signal });
    } catch (error) {
      if (!zooming.signal.aborted) this.failure = Failure.from(error);
    }
  }
}
