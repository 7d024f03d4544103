/** Which element shows which item of a long list: to make elements takes far longer than to fill them anew. */

export class DrawnKeys {
  #keys = new Map<string, number>();
  /** Whose element may have the focus: that is nobody else's. */
  #focused: string | null = null;
  #last = 0;

  /**
   * A key for each item that is drawn, in its order. An item keeps its own for as long as it is drawn; what comes takes over
   * from what went, unless `handsOn` is false: then elements are seen to move, and each is to be one item's alone.
   * @param items what each is known by
   * @param focused the one that has the focus or takes it
   */
  of(items: readonly string[], focused: string | null, handsOn: boolean): readonly number[] {
    const drawn = new Set(items);
    const free = handsOn
      ? [...this.#keys].filter(([item]) => !drawn.has(item) && item !== this.#focused).map(([, key]) => key)
      : [];
    const next = new Map<string, number>();
    let handedOn = 0;
    const keys = items.map((item) => {
      // What is there twice, while the list changes, has one element each.
      const own = next.has(item) ? undefined : this.#keys.get(item);
      const key = own ?? (item === focused ? undefined : free[handedOn++]) ?? ++this.#last;
      next.set(item, key);
      return key;
    });
    this.#keys = next;
    this.#focused = focused;
    return keys;
  }
}
