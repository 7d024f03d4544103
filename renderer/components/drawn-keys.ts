/** Which element shows which item of a long list: to make elements takes far longer than to fill them anew. */

export class DrawnKeys {
  /** By item, in the order of the last time. */
  #keys = new Map<string, number>();
  /** Whose element may have the focus: that is nobody else's. */
  #focused: string | null = null;
  #last = 0;

  /**
   * A key for each item that is drawn, in its order. An item keeps its own for as long as it is drawn. What comes takes over
   * from what went between the same two that stay, so that no element is moved about: one that is loses the focus.
   * @param items what each is known by
   * @param focused the one that has the focus or takes it
   * @param handsOn false: nothing takes over, since elements are seen to move, and each is to be one item's alone
   */
  of(items: readonly string[], focused: string | null, handsOn: boolean): readonly number[] {
    const free = handsOn ? this.#freeBehind(new Set(items)) : new Map<string | null, number[]>();
    const next = new Map<string, number>();
    let staying: string | null = null;
    const keys = items.map((item) => {
      // What is there twice, while the list changes, has one element each.
      const own = next.has(item) ? undefined : this.#keys.get(item);
      if (own !== undefined) staying = item;
      const key = own ?? (item === focused ? undefined : free.get(staying)?.shift()) ?? ++this.#last;
      next.set(item, key);
      return key;
    });
    this.#keys = next;
    this.#focused = focused;
    return keys;
  }

  /** The keys of what went, by the item that stays before them; null where none does. */
  #freeBehind(drawn: ReadonlySet<string>): Map<string | null, number[]> {
    const free = new Map<string | null, number[]>();
    let staying: string | null = null;
    for (const [item, key] of this.#keys) {
      if (drawn.has(item)) staying = item;
      else if (item !== this.#focused) free.set(staying, [...(free.get(staying) ?? []), key]);
    }
    return free;
  }
}
