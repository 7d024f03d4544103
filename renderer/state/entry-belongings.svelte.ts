/** What belongs to entries: asked for when it is shown, and before something is done with their files. */
import type { LibraryEntry } from '#shared/domain/library.ts';
import type { EntryBelongings, Part } from '#shared/domain/parts.ts';
import { api } from '../api.ts';

/** Before a question about many entries, so many are looked at. */
const mostAsked = 50;

/** Files that go where entries go, and others that need them. */
export interface Company {
  readonly parts: readonly Part[];
  readonly neededBy: readonly LibraryEntry[];
}

/** What is shown of the selected entry. */
class ShownBelongings {
  current = $state.raw<EntryBelongings | null>(null);
  #id: number | null = null;

  /** Asks for those of an entry; what is known of it stays until the answer is there. */
  async show({ id }: LibraryEntry): Promise<void> {
    if (this.#id !== id) this.current = null;
    this.#id = id;
    try {
      const found = await api.library.belongings({ id });
      if (this.#id === id) this.current = found;
    } catch {
      // The connection is lost: the list asks again when it is back, and so does this.
    }
  }
}

export const shownBelongings = new ShownBelongings();

/** What goes with entries, and what stays behind and needs them. @throws Failure. */
export async function companyOf(entries: readonly LibraryEntry[]): Promise<Company> {
  const asked = entries.slice(0, mostAsked);
  const found = await Promise.all(asked.map(({ id }) => api.library.belongings({ id })));
  const parts = found.flatMap((one) => one?.parts.filter(({ own, path }) => own && path !== null) ?? []);
  const going = [...entries.map(({ id }) => id), ...parts.flatMap(({ entry }) => entry?.id ?? [])];
  const staying = found.flatMap((one) => one?.neededBy.map(({ entry }) => entry) ?? []);
  const neededBy = staying.filter(
    ({ id }, index) => !going.includes(id) && staying.findIndex((other) => other.id === id) === index,
  );
  return { parts, neededBy };
}
