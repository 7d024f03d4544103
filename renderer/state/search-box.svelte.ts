/** The search box of the library: what is typed, what may come next, and which of it is chosen by keys. */
import { completionsAt, takeCompletion, type Completion, type Completions } from '#shared/query/complete.ts';

export interface SearchBoxParts {
  readonly text: () => string;
  readonly change: (text: string) => void;
  readonly known: Parameters<typeof completionsAt>[2];
}

const none: Completions = { start: 0, end: 0, items: [] };

export class SearchBox {
  readonly #parts: SearchBoxParts;
  /** Where the person types. */
  caret = $state(0);
  /** Whether what may come next is shown. */
  #wanted = $state(false);
  /** The line that the arrows stand on; -1: in the text. */
  index = $state(-1);
  readonly #completions = $derived.by(() =>
    this.#wanted
      ? completionsAt(this.#parts.text(), Math.min(this.caret, this.#parts.text().length), this.#parts.known)
      : none,
  );

  constructor(parts: SearchBoxParts) {
    this.#parts = parts;
  }

  get items(): readonly Completion[] {
    return this.#completions.items;
  }

  get isOpen(): boolean {
    return this.items.length > 0;
  }

  /** Whether something was begun that a completion would end. */
  get hasBegun(): boolean {
    return this.isOpen && this.#completions.start < this.caret;
  }

  open(caret: number): void {
    this.caret = caret;
    this.#wanted = true;
    this.index = -1;
  }

  close(): void {
    this.#wanted = false;
    this.index = -1;
  }

  /** The person typed, or moved on in the text. */
  type(text: string, caret: number): void {
    this.#parts.change(text);
    // Emptied, it asks for everything: what is listed should be in sight.
    if (text === '') this.close();
    else this.open(caret);
  }

  moveTo(caret: number): void {
    if (caret === this.caret) return;
    this.caret = caret;
    this.index = -1;
  }

  /** From the text to the first line and on; past the ends back into the text. */
  step(by: 1 | -1): void {
    const places = this.items.length + 1;
    this.index = ((this.index + 1 + by + places) % places) - 1;
  }

  /** Takes a line. @returns where the caret is now. */
  take(item: Completion): number {
    const { text, caret } = takeCompletion(this.#parts.text(), this.#completions, item);
    this.#parts.change(text);
    this.caret = caret;
    this.index = -1;
    // After a key its values come next; a whole condition is the end of it.
    this.#wanted = !item.whole;
    return caret;
  }
}
