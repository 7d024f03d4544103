/** The entries of the library as items of a list: the same in rows and in cards. */
import type { ItemListProps } from '../../components/item-list.svelte.ts';
import type { MenuEntry } from '../../components/menu-entry.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { t } from '#shared/text/words.ts';
import { arrivals } from '../../state/arrivals.ts';
import { library } from '../../state/library.svelte.ts';
import { opening } from '../../state/opening.svelte.ts';
import { menuOf } from '../actions/action.ts';
import { actionsOn, selectedInLibrary, selectionKey } from '../actions/image-actions.ts';

interface EntryItems extends Omit<ItemListProps<LibraryEntry>, 'count' | 'focusIndex'> {
  readonly label: string;
  readonly nameOf: (entry: LibraryEntry) => string;
  readonly menu: () => readonly MenuEntry[];
}

export const entryItems: EntryItems = {
  label: t('Images and packages'),
  itemAt: (index) => library.pages.at(index),
  keyOf: ({ id }) => id,
  nameOf: ({ name }) => name,
  isArriving: ({ path }) => arrivals.has(path),
  isMoving: () => arrivals.some,
  isSelected: ({ id }) => library.selection.has(id),
  menu: () => menuOf(actionsOn(selectedInLibrary())),
  onselect: (index, how) => void library.select(index, how),
  onselectall: () => void library.selectAll(),
  ondraw: (first, end) => library.pages.show(first, end),
  onactivate: (entry) => opening.openEntry(entry),
  onitemkey: selectionKey,
};
