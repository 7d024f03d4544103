/** Elements of a list: an item keeps its own, what comes takes over from what went, and never two items have one. */
import { expect, it } from 'vitest';
import { DrawnKeys } from '../../../renderer/components/drawn-keys.ts';

it('gives each item an element, which it keeps while others come and go', () => {
  const keys = new DrawnKeys();
  const [a, b, c] = keys.of(['a', 'b', 'c'], null, true);
  expect(new Set([a, b, c]).size).toBe(3);
  expect(keys.of(['new', 'a', 'b', 'c'], null, true).slice(1)).toEqual([a, b, c]);
  expect(keys.of(['c', 'a'], null, true)).toEqual([c, a]);
});

it('hands the elements of what went on to what comes, in their order', () => {
  const keys = new DrawnKeys();
  const [a, b, c] = keys.of(['a', 'b', 'c'], null, true);
  expect(keys.of(['b', 'x', 'y'], null, true)).toEqual([b, a, c]);
  const all = keys.of(['p', 'q', 'r', 's'], null, true);
  expect(all.slice(0, 3)).toEqual([b, a, c]);
  expect([a, b, c]).not.toContain(all[3]);
});

it('hands nothing on while elements are seen to move', () => {
  const keys = new DrawnKeys();
  const before = keys.of(['a', 'b'], null, true);
  const after = keys.of(['b', 'x'], null, false);
  expect(after[0]).toBe(before[1]);
  expect(before).not.toContain(after[1]);
});

it('keeps the element with the focus out of it', () => {
  const keys = new DrawnKeys();
  const [a, b] = keys.of(['a', 'b'], 'a', true);
  // Neither what comes takes it, nor does what takes the focus take another one's.
  const [c, d] = keys.of(['c', 'd'], 'd', true);
  expect(c).toBe(b);
  expect([a, b]).not.toContain(d);
});

it('tells apart what is there twice', () => {
  const keys = new DrawnKeys();
  const [first, second, third] = keys.of(['a', 'a', 'b'], null, true);
  expect(new Set([first, second, third]).size).toBe(3);
  const again = keys.of(['a', 'b', 'a'], null, true);
  expect(new Set(again).size).toBe(3);
});
