/** The dialog that gives a search a name: one that is kept now, or one that was. */

export interface NamedSearch {
  /** Null: it is new. */
  readonly id: number | null;
  readonly name: string;
  readonly query: string;
}

class SavingSearch {
  search = $state.raw<NamedSearch | null>(null);

  ask(search: NamedSearch): void {
    this.search = search;
  }

  close(): void {
    this.search = null;
  }
}

export const savingSearch = new SavingSearch();
