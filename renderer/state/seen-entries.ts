/** Entries as they were last seen, to notice that the file of one is other than before. */
import type { LibraryEntry } from '#shared/domain/library.ts';

export interface SeenParts {
  /** The file is not at this path any more. */
  readonly left: (path: string) => void;
  /** What lies at this path is not what was there before. */
  readonly changed: (path: string) => void;
}

/** Whether what lies at the path is not what was there before; a hash that is known now changes nothing. */
function isOtherFile(before: LibraryEntry, now: LibraryEntry): boolean {
  return (
    before.missing !== now.missing ||
    before.format !== now.format ||
    before.fileSizeBytes !== now.fileSizeBytes ||
    before.virtualSizeBytes !== now.virtualSizeBytes
  );
}

export class SeenEntries {
  readonly #parts: SeenParts;
  readonly #known = new Map<number, LibraryEntry>();

  constructor(parts: SeenParts) {
    this.#parts = parts;
  }

  /** Notes an entry as it is now. */
  note(entry: LibraryEntry): void {
    const before = this.#known.get(entry.id);
    this.#known.set(entry.id, entry);
    if (before === undefined) return;
    if (before.path !== entry.path) this.#parts.left(before.path);
    else if (isOtherFile(before, entry)) this.#parts.changed(entry.path);
  }
}
