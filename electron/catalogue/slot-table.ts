/** Which slot each entry has: asked for tens of thousands of entries at a time, which a Map is too slow for. */

/** Ids count up from one; those beyond this (64 MB of table) are looked up in a Map, so that no library makes a table without end. */
const denseBelow = 2 ** 24;
const grownBy = 1.5;

export class SlotTable {
  /** By id, the slot and one; zero where there is none. */
  #dense = new Uint32Array(1024);
  readonly #sparse = new Map<number, number>();
  #count = 0;

  get size(): number {
    return this.#count;
  }

  get(id: number): number | undefined {
    if (id >= denseBelow) return this.#sparse.get(id);
    const slot = this.#dense[id];
    return slot === undefined || slot === 0 ? undefined : slot - 1;
  }

  set(id: number, slot: number): void {
    if (this.get(id) === undefined) this.#count += 1;
    if (id >= denseBelow) {
      this.#sparse.set(id, slot);
      return;
    }
    if (id >= this.#dense.length) {
      const grown = new Uint32Array(Math.min(denseBelow, Math.ceil((id + 1) * grownBy)));
      grown.set(this.#dense);
      this.#dense = grown;
    }
    this.#dense[id] = slot + 1;
  }

  delete(id: number): void {
    if (this.get(id) === undefined) return;
    this.#count -= 1;
    if (id >= denseBelow) this.#sparse.delete(id);
    else this.#dense[id] = 0;
  }

  clear(): void {
    this.#dense.fill(0);
    this.#sparse.clear();
    this.#count = 0;
  }
}
