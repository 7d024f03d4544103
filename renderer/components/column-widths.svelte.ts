/** How wide the columns of a list are while their edges are dragged, or moved by keys. */

export interface ResizableColumn {
  readonly key: string;
  /** In rem; null: what the others leave, and no less than nine. */
  readonly width: number | null;
}

export const narrowest = 3;
export const widest = 30;
const inBounds = (rem: number): number => Math.max(narrowest, Math.min(widest, Math.round(rem * 4) / 4));

export class ColumnWidths {
  readonly #pixelsPerRem: () => number;
  readonly #resized: (key: string, width: number) => void;
  /** While an edge is dragged: the column, where the pointer went down, and how wide the column was. */
  #dragged = $state.raw<{ key: string; from: number; width: number; now: number } | null>(null);

  /** `resized`: a column is given another width, in rem. */
  constructor(pixelsPerRem: () => number, resized: (key: string, width: number) => void) {
    this.#pixelsPerRem = pixelsPerRem;
    this.#resized = resized;
  }

  of({ key, width }: ResizableColumn): number | null {
    return this.#dragged?.key === key ? this.#dragged.now : width;
  }

  /** As CSS places the columns of a grid. */
  template(columns: readonly ResizableColumn[]): string {
    return columns
      .map((column) => this.of(column))
      .map((rem) => (rem === null ? 'minmax(9rem, 1fr)' : `${rem}rem`))
      .join(' ');
  }

  /** The edge is before its column: to the left, that becomes wider. */
  grab(event: PointerEvent & { currentTarget: HTMLElement }, { key, width }: ResizableColumn): void {
    if (width === null || event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    this.#dragged = { key, from: event.clientX, width, now: width };
  }

  pull(event: PointerEvent): void {
    const dragged = this.#dragged;
    if (dragged === null) return;
    const moved = (event.clientX - dragged.from) / this.#pixelsPerRem();
    this.#dragged = { ...dragged, now: inBounds(dragged.width - moved) };
  }

  letGo(): void {
    const dragged = this.#dragged;
    if (dragged !== null && dragged.now !== dragged.width) this.#resized(dragged.key, dragged.now);
    this.#dragged = null;
  }

  /** The drag was taken away: the column is as wide as it was. */
  drop(): void {
    this.#dragged = null;
  }

  key(event: KeyboardEvent, { key, width }: ResizableColumn): void {
    const step = { ArrowLeft: 0.5, ArrowRight: -0.5 }[event.key];
    if (step === undefined || width === null) return;
    event.preventDefault();
    this.#resized(key, inBounds(width + step));
  }
}
