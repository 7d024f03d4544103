/** The entry that is looked at quickly, over the library; null while none is. */
import type { LibraryEntry } from '#shared/domain/library.ts';

class QuickLook {
  entry = $state.raw<LibraryEntry | null>(null);

  show(entry: LibraryEntry): void {
    this.entry = entry;
  }

  close(): void {
    this.entry = null;
  }
}

export const quickLook = new QuickLook();
