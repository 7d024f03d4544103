/** What a click on a column's title does. */
import { expect, it } from 'vitest';
import { nextSort } from '../../../renderer/state/library-sort.ts';

it('starts a column where it is most useful, and turns it on the second click', () => {
  const byName = nextSort({ key: 'added', direction: 'descending' }, 'name');
  expect(byName).toEqual({ key: 'name', direction: 'ascending' });
  expect(nextSort(byName, 'name')).toEqual({ key: 'name', direction: 'descending' });
  expect(nextSort(byName, 'onDisk')).toEqual({ key: 'onDisk', direction: 'descending' });
});
