/** What is being asked about a library entry: a new name, or whether it should go. */
import type { LibraryEntry } from '#shared/domain/library.ts';
import type { Company } from './entry-belongings.svelte.ts';

export interface Removal {
  readonly entries: readonly LibraryEntry[];
  /** `trash`: the user asked for the trash; `choose`: the user pressed Delete, and is asked what is meant. */
  readonly mode: 'trash' | 'choose';
  readonly company: Company;
}

class EntryDialogs {
  renaming = $state.raw<LibraryEntry | null>(null);
  removal = $state.raw<Removal | null>(null);

  close(): void {
    this.renaming = null;
    this.removal = null;
  }
}

export const entryDialogs = new EntryDialogs();
