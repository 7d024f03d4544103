/** The folders that were used last: where a file that is only known by name is likely to be. */

const limit = 32;

export class RecentFolders {
  readonly #folders = new Set<string>();

  note(folder: string): void {
    this.#folders.delete(folder);
    this.#folders.add(folder);
    for (const oldest of this.#folders) {
      if (this.#folders.size <= limit) return;
      this.#folders.delete(oldest);
    }
  }

  /** The last one first. */
  list(): string[] {
    return [...this.#folders].reverse();
  }
}
