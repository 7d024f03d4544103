/** What every long list does, drawn as rows or as cards: which items are drawn, the keys that walk and select, whose menu opens. */
import { tick, untrack } from 'svelte';
import { DrawnKeys } from './drawn-keys.ts';
import { drawnIndexes, sightOf } from './drawn-rows.ts';
import { movedIndex } from './list-keys.ts';

/** `extend`: from the last one to this; `toggle`: this too, or not any more. */
export type SelectHow = 'one' | 'toggle' | 'extend';

export interface ItemListProps<Item> {
  /** How many items there are. */
  readonly count: number;
  /** The item at an index; undefined while it is not known. */
  readonly itemAt: (index: number) => Item | undefined;
  readonly keyOf: (item: Item) => number | string;
  readonly isSelected: (item: Item) => boolean;
  /** It was just made, and slides into its place. */
  readonly isArriving?: ((item: Item) => boolean) | undefined;
  /** Something arrives: what stands there makes room for it so that it is seen. */
  readonly isMoving?: (() => boolean) | undefined;
  /** The item that the keys start from; -1 for none. */
  readonly focusIndex: number;
  readonly onselect: (index: number, how: SelectHow) => void;
  readonly onselectall: () => void;
  /** The items from `first` to `end` (not in it) are drawn. */
  readonly ondraw: (first: number, end: number) => void;
  readonly onactivate: (item: Item) => void;
  /** Drags an item out of the window; absent where that cannot be. */
  readonly ondragout?: ((index: number) => void) | undefined;
  /** Keys that the list does not know itself, with the item that has the focus. */
  readonly onitemkey?: ((event: KeyboardEvent, item: Item) => void) | undefined;
}

export class ItemList<Item> {
  readonly #props: () => ItemListProps<Item>;
  readonly #gap: number;
  readonly #elements = new DrawnKeys();
  /** What scrolls; items in it say their place in `data-index`. */
  body = $state<HTMLElement | null>(null);
  scrollTop = $state(0);
  bodyHeight = $state(0);
  /** Whether the menu of what is selected is open. */
  menuOpen = $state(false);
  /** All lines are as high as the first that is drawn: larger text makes them higher. In pixels. */
  lineHeight = $state(52);
  /** How many items stand beside each other. */
  perLine = $state(1);
  /** What the keys went to before it was there. It counts until something else is selected, or asked for a menu. */
  #wanted = $state.raw<{ index: number; how: 'one' | 'extend' } | null>(null);

  /** The item that Tab leads to. */
  readonly tabIndex = $derived.by(() => {
    const { focusIndex, count } = this.#props();
    return Math.max(0, Math.min(focusIndex, count - 1));
  });
  readonly #view = $derived.by(() => ({
    scrollTop: this.scrollTop,
    bodyHeight: this.bodyHeight,
    rowHeight: this.lineHeight,
    count: Math.ceil(this.#props().count / this.perLine),
  }));
  /** The items to draw. The one that takes the focus is always there, so that scrolling it out of sight does not lose it. */
  readonly drawn = $derived.by(() => {
    const { perLine } = this;
    const { count } = this.#props();
    const lines = drawnIndexes({ ...this.#view, kept: Math.floor(this.tabIndex / perLine) });
    if (perLine === 1) return lines;
    return lines
      .flatMap((line) => Array.from({ length: perLine }, (_, place) => line * perLine + place))
      .filter((index) => index < count);
  });
  /** The keys of their elements. One that is not known yet is only its place. */
  readonly keys = $derived.by(() => {
    const { itemAt, keyOf, isMoving } = this.#props();
    const known = (index: number): string => {
      const item = itemAt(index);
      return item === undefined ? `at ${index}` : String(keyOf(item));
    };
    return this.#elements.of(this.drawn.map(known), known(this.tabIndex), isMoving?.() !== true);
  });
  /** How high all lines are together, in pixels. */
  readonly height = $derived.by(() => this.#view.count * this.lineHeight);

  /** To be made while a component is. @param gap between two lines, in pixels. */
  constructor(props: () => ItemListProps<Item>, gap = 0) {
    this.#props = props;
    this.#gap = gap;
    $effect(() => {
      const { first, end } = sightOf(this.#view);
      const { ondraw, count } = this.#props();
      ondraw(first * this.perLine, Math.min(count, end * this.perLine));
    });
    $effect(() => {
      const wanted = this.#wanted;
      if (wanted === null || this.#props().itemAt(wanted.index) === undefined) return;
      this.#wanted = null;
      void untrack(() => this.#goTo(wanted.index, wanted.how));
    });
  }

  /** The list is another one: it is shown from its beginning. */
  toTop(): void {
    // To set it lays out the page.
    if (this.body !== null && this.scrollTop > 0) this.body.scrollTop = 0;
  }

  /** Puts the focus on the item that the keys start from, or on the first. */
  focus(): void {
    this.#focusItem(this.tabIndex);
  }

  /** From the top of the list, in pixels. */
  topOf(index: number): number {
    return Math.floor(index / this.perLine) * this.lineHeight;
  }

  /** The handlers of the element that scrolls. */
  readonly handlers = {
    onscroll: (): void => {
      this.scrollTop = this.body?.scrollTop ?? 0;
    },
    onkeydown: (event: KeyboardEvent): void => void this.#key(event),
    /** The menu is of what is under the pointer; beside the items there is none. */
    oncontextmenucapture: (event: Event): void => {
      const { itemAt, isSelected, onselect } = this.#props();
      this.#wanted = null;
      const index = indexAt(event.target);
      const item = index === null ? undefined : itemAt(index);
      if (index === null || item === undefined) event.stopPropagation();
      else if (!isSelected(item)) onselect(index, 'one');
    },
  };

  clicked(index: number, event: MouseEvent): void {
    this.#wanted = null;
    this.#props().onselect(index, howOf(event));
  }

  /** Who comes by Tab, and nothing is selected yet, selects. */
  focused(index: number): void {
    if (this.#props().focusIndex < 0) this.#props().onselect(index, 'one');
  }

  /** The page's own drag ends where that of the system begins. */
  dragged(index: number, event: DragEvent): void {
    event.preventDefault();
    this.#props().ondragout?.(index);
  }

  activated(index: number): void {
    const { itemAt, onactivate } = this.#props();
    const item = itemAt(index);
    if (item !== undefined) onactivate(item);
  }

  /** Heeds how high the first item is that is drawn: to be attached to it. */
  readonly measure = (item: HTMLElement): (() => void) => {
    const observer = new ResizeObserver(() => {
      if (item.offsetHeight > 0) this.lineHeight = item.offsetHeight + this.#gap;
    });
    observer.observe(item);
    return () => observer.disconnect();
  };

  #focusItem(index: number): void {
    const element = this.body?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: 'nearest' });
  }

  async #key(event: KeyboardEvent): Promise<void> {
    const { itemAt, focusIndex, count, onselect, onselectall, onactivate, onitemkey } = this.#props();
    const item = itemAt(this.tabIndex);
    const command = event.ctrlKey || event.metaKey;
    // A menu is there before the focus is in it: no key may select something else under it.
    if (event.altKey || this.menuOpen) return;
    if (command && !event.shiftKey && event.key.toLowerCase() === 'a') {
      event.preventDefault();
      onselectall();
      return;
    }
    if (event.key === ' ' && (command || event.shiftKey)) {
      event.preventDefault();
      onselect(this.tabIndex, event.shiftKey ? 'extend' : 'toggle');
      return;
    }
    if (command) return;
    const linesOfPage = Math.max(1, Math.floor((this.body?.clientHeight ?? 0) / this.lineHeight) - 1);
    const index = movedIndex(event.key, focusIndex, count, linesOfPage, this.perLine);
    if (index !== null) {
      event.preventDefault();
      await this.#goTo(index, event.shiftKey ? 'extend' : 'one');
    } else if (item === undefined) return;
    else if (event.key === 'Enter') {
      event.preventDefault();
      onactivate(item);
    } else onitemkey?.(event, item);
  }

  /** An item far out of sight is scrolled to first, and may have to be fetched: then the keys wait for it. */
  async #goTo(index: number, how: 'one' | 'extend'): Promise<void> {
    const { itemAt, onselect } = this.#props();
    this.#wanted = null;
    if (itemAt(index) === undefined && this.body !== null) {
      this.body.scrollTop = this.topOf(index);
      this.#wanted = { index, how };
      return;
    }
    onselect(index, how);
    await tick();
    this.#focusItem(index);
  }
}

function howOf(event: MouseEvent): SelectHow {
  return event.shiftKey ? 'extend' : event.ctrlKey || event.metaKey ? 'toggle' : 'one';
}

function indexAt(target: EventTarget | null): number | null {
  const element = target instanceof Element ? target.closest('[data-index]') : null;
  return element === null ? null : Number(element.getAttribute('data-index'));
}
