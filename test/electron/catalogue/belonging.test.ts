// Tests of which entries are parts of which, held against a definition that follows every way upwards.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { belongingOf, type Claim } from '../../../electron/catalogue/belonging.ts';

type Said = readonly [whole: number, role: Claim['role'], part: number];
type Claims = ReadonlyMap<number, readonly Claim[]>;

const claims = (...links: readonly Said[]): Claims => {
  const map = new Map<number, Claim[]>();
  for (const [whole, role, id] of links) {
    map.set(whole, [...(map.get(whole) ?? []), { role, id, state: 'present' }]);
  }
  return map;
};
const wholes = (...links: readonly Said[]): Record<number, number> =>
  Object.fromEntries(belongingOf(claims(...links)).wholeOf);

describe('belongingOf', () => {
  it('folds a chain into its top, and a tree into the machine that has all of it', () => {
    expect(wholes([3, 'parent', 2], [2, 'parent', 1])).toEqual({ 1: 3, 2: 3 });
    expect(wholes([2, 'parent', 1], [3, 'parent', 1])).toEqual({});
    expect(
      wholes([2, 'parent', 1], [3, 'parent', 1], [9, 'disk', 2], [9, 'disk', 3], [9, 'disk', 1]),
    ).toEqual({
      1: 9,
      2: 9,
      3: 9,
    });
    expect(wholes([8, 'disk', 2], [9, 'disk', 2], [2, 'extent', 1])).toEqual({ 1: 2 });
  });

  it('leaves media, and what claims itself, by themselves', () => {
    expect(wholes([9, 'medium', 1])).toEqual({});
    expect(wholes([1, 'extent', 1], [1, 'extent', 2])).toEqual({ 2: 1 });
    expect(wholes([1, 'parent', 2], [2, 'parent', 1])).toEqual({});
    expect(Object.fromEntries(belongingOf(claims([1, 'parent', 2], [2, 'parent', 1])).chains)).toEqual({
      1: 'broken',
      2: 'broken',
    });
  });

  it('tells how far a chain goes', () => {
    const found = belongingOf(
      new Map<number, Claim[]>([
        [4, [{ role: 'parent', id: 3, state: 'present' }]],
        [3, [{ role: 'parent', id: 2, state: 'missing' }]],
        [6, [{ role: 'parent', id: null, state: 'unknown' }]],
        [7, [{ role: 'parent', id: null, state: 'present' }]],
        [8, [{ role: 'extent', id: 3, state: 'present' }]],
      ]),
    );
    expect(Object.fromEntries(found.chains)).toEqual({
      3: 'broken',
      4: 'broken',
      6: 'unknown',
      7: 'complete',
    });
  });

  it('is what following every way upwards says, in whatever order the claims come', () => {
    const link = fc.tuple(fc.nat(9), fc.constantFrom<Claim['role']>('parent', 'disk', 'medium'), fc.nat(9));
    fc.assert(
      fc.property(
        fc.array(link, { maxLength: 24 }),
        fc.infiniteStream(fc.double({ noNaN: true })),
        (links, order) => {
          const shuffled = links
            .map((one) => ({ one, at: order.next().value as number }))
            .sort((a, b) => a.at - b.at)
            .map(({ one }) => one);
          const found = belongingOf(claims(...shuffled)).wholeOf;
          expect(new Map([...found].sort())).toEqual(new Map([...naive(claims(...links))].sort()));
        },
      ),
    );
  });
});

/** All roots above an entry; null where a way goes in a circle. */
function rootsOf(all: Claims, id: number, way: readonly number[]): Set<number> | null {
  if (way.includes(id)) return null;
  const above = [...all].flatMap(([whole, parts]) =>
    whole !== id && parts.some((one) => one.id === id && one.role !== 'medium') ? [whole] : [],
  );
  if (above.length === 0) return new Set([id]);
  const roots = new Set<number>();
  for (const one of above) {
    const found = rootsOf(all, one, [...way, id]);
    if (found === null) return null;
    for (const root of found) roots.add(root);
  }
  // What has several roots is one itself.
  return roots.size === 1 ? roots : new Set([id]);
}

function naive(all: Claims): Map<number, number> {
  const found = new Map<number, number>();
  for (let id = 0; id < 10; id++) {
    const roots = rootsOf(all, id, []);
    const [root] = roots ?? [];
    if (roots !== null && root !== undefined && root !== id) found.set(id, root);
  }
  return found;
}
