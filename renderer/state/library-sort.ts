/** In what order the library is listed after a click on a column's title. */
import type { Sort, SortKey } from '#shared/domain/library.ts';

const textKeys: ReadonlySet<SortKey> = new Set(['name', 'kind', 'format', 'folder', 'tags']);

/** The direction a column starts with: texts from A, sizes from the largest, dates from the newest. */
export function firstDirection(key: SortKey): Sort['direction'] {
  return textKeys.has(key) ? 'ascending' : 'descending';
}

/** The sort after a click on a column: the other way round, or this column. */
export function nextSort(current: Sort, key: SortKey): Sort {
  if (current.key !== key) return { key, direction: firstDirection(key) };
  return { key, direction: current.direction === 'ascending' ? 'descending' : 'ascending' };
}
