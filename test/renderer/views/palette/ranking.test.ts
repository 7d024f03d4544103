/** What the palette finds: by beginnings of words, in any order, with accents or without. */
import { expect, it } from 'vitest';
import { ranked } from '../../../../renderer/views/palette/ranking.ts';

const items = [
  { title: 'Copy as libvirt disk', words: '' },
  { title: 'Convert…', words: 'change format' },
  { title: 'Check the structure', words: '' },
  { title: 'Settings…', words: 'preferences cöpy' },
];
const found = (typed: string): string[] => ranked(items, typed).map(({ title }) => title);

it('finds by the beginnings of words, in any order', () => {
  expect(found('lib cop')).toEqual(['Copy as libvirt disk']);
  expect(found('STRUCT')).toEqual(['Check the structure']);
  expect(found('ibvirt')).toEqual([]);
});

it('puts titles before other words, and knows no accents', () => {
  expect(found('copy')).toEqual(['Copy as libvirt disk', 'Settings…']);
  expect(found('form')).toEqual(['Convert…']);
});

it('offers everything in its own order while nothing is typed', () => {
  expect(ranked(items, ' … ')).toBe(items);
});
