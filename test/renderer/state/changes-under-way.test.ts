/** Changes are seen at once, and an answer takes nothing from the changes that came after it. */
import { expect, it } from 'vitest';
import { ChangesUnderWay } from '../../../renderer/state/changes-under-way.ts';

it('shows what is stored', () => {
  const record = new ChangesUnderWay({ width: 4, theme: 'light' });
  expect(record.now).toEqual({ width: 4, theme: 'light' });
  record.stored = { width: 5, theme: 'dark' };
  expect(record.now).toEqual({ width: 5, theme: 'dark' });
});

it('keeps a later change in sight when an earlier one is answered', () => {
  const record = new ChangesUnderWay({ width: 4, theme: 'light' });
  const first = record.begin({ width: 5 });
  const second = record.begin({ width: 6, theme: 'dark' });
  first({ width: 5, theme: 'light' });
  expect(record.now).toEqual({ width: 6, theme: 'dark' });
  second({ width: 6, theme: 'dark' });
  expect(record.now).toEqual({ width: 6, theme: 'dark' });
});

it('takes back what could not be stored, and nothing else', () => {
  const record = new ChangesUnderWay({ width: 4, theme: 'light' });
  const refused = record.begin({ width: 5 });
  const kept = record.begin({ theme: 'dark' });
  refused(null);
  expect(record.now).toEqual({ width: 4, theme: 'dark' });
  kept({ width: 4, theme: 'dark' });
  expect(record.now).toEqual({ width: 4, theme: 'dark' });
});
