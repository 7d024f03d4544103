/** Elements of a list: an item keeps its own, what comes takes over from what went, and never two items have one. */
import fc from 'fast-check';
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
  const before = keys.of(['a', 'b', 'c'], null, true);
  const after = keys.of(['p', 'q', 'r', 's'], null, true);
  expect(after.slice(0, 3)).toEqual(before);
  expect(before).not.toContain(after[3]);
});

it('moves no element past one that stays', () => {
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(fc.nat(12)), { maxLength: 6 }), fc.nat(12), (lists, focused) => {
      const keys = new DrawnKeys();
      let last: readonly number[] = [];
      // Sorted, as rows are: none that stay change places themselves.
      for (const list of lists.map((one) => one.sort((a, b) => a - b))) {
        const now = keys.of(list.map(String), String(focused), true);
        expect(new Set(now).size).toBe(list.length);
        const isIn = (among: readonly number[]) => (key: number) => among.includes(key);
        expect(now.filter(isIn(last))).toEqual(last.filter(isIn(now)));
        last = now;
      }
    }),
  );
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
