import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawnIndexes } from '../../../renderer/components/drawn-rows.ts';

const view = { scrollTop: 0, bodyHeight: 520, rowHeight: 52, count: 100_000, kept: 0 };

describe('drawnIndexes', () => {
  it('draws what is in sight and a little more, however long the list is', () => {
    expect(drawnIndexes(view)).toEqual(Array.from({ length: 16 }, (_, index) => index));
    const middle = drawnIndexes({ ...view, scrollTop: 52 * 50_000, kept: 50_003 });
    expect([middle[0], middle.at(-1), middle.length]).toEqual([49_994, 50_015, 22]);
  });

  it('keeps the row that has the focus, above or below', () => {
    expect(drawnIndexes({ ...view, scrollTop: 52 * 500, kept: 3 })[0]).toBe(3);
    expect(drawnIndexes({ ...view, kept: 99_999 }).at(-1)).toBe(99_999);
  });

  it('draws all of a short list, and nothing of an empty one', () => {
    expect(drawnIndexes({ ...view, count: 3 })).toEqual([0, 1, 2]);
    expect(drawnIndexes({ ...view, count: 0 })).toEqual([]);
  });

  it('covers what is in sight, in order, each once', () => {
    fc.assert(
      fc.property(
        fc.record({
          scrollTop: fc.nat(6_000_000),
          bodyHeight: fc.nat(3000),
          rowHeight: fc.integer({ min: 20, max: 200 }),
          count: fc.nat(100_000),
          kept: fc.nat(100_000),
        }),
        (list) => {
          const drawn = drawnIndexes(list);
          const { bodyHeight, rowHeight, count, kept } = list;
          const scrollTop = Math.max(0, Math.min(list.scrollTop, count * rowHeight - bodyHeight));
          expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b));
          expect(drawn.every((index) => index >= 0 && index < count)).toBe(true);
          if (kept < count) expect(drawn).toContain(kept);
          for (const pixel of [scrollTop, scrollTop + bodyHeight / 2, scrollTop + bodyHeight - 1]) {
            const index = Math.floor(pixel / rowHeight);
            if (pixel >= 0 && index < count) expect(drawn).toContain(index);
          }
        },
      ),
    );
  });
});
