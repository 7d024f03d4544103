import { expect, it } from 'vitest';
import type { MetadataField } from '#shared/domain/preparation.ts';
import { ownNameProblem, valueProblem } from '../../../renderer/state/metadata-value.ts';

const words = { name: 'x', title: 'X', help: 'As in a1.' };
const number: MetadataField = { ...words, type: 'integer', minimum: 2, maximum: 9 };
const text: MetadataField = { ...words, type: 'text', pattern: '[a-z][0-9]' };

it.each<[MetadataField, string, boolean]>([
  [number, '', true],
  [number, '2', true],
  [number, '10', false],
  [number, '1e0', false],
  [number, '3.5', false],
  [text, 'a1', true],
  [text, 'a12', false],
  [{ ...words, type: 'text' }, 'whatever', true],
  [{ ...words, type: 'choice', choices: ['a'] }, 'a', true],
])('%o takes %j: %s', (field, value, taken) => {
  expect(valueProblem(field, value) === null).toBe(taken);
});

it.each<[string, readonly string[], boolean]>([
  ['', [''], true],
  ['team', ['team'], true],
  ['team', ['team', 'team'], false],
  ['os_type', ['os_type'], false],
  ['os_glance_x', ['os_glance_x'], false],
  ['two words', ['two words'], false],
])('an own value may be called %j among %j: %s', (name, names, taken) => {
  const rows = names.map((other) => ({ name: other, value: '1' }));
  const problem = ownNameProblem({ name, value: '1' }, rows, ['os_type'], '(?!os_glance)[a-z_]+');
  expect(problem === null).toBe(taken);
});
