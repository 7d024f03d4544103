/** Where areas lie, and which one an arrow key leads to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areaTowards,
  isRestCut,
  placeAreas,
  type PlacedArea,
  type TreemapArea,
} from '../../../renderer/components/treemap-layout.ts';

const area = (bytes: number, more: Partial<TreemapArea> = {}): TreemapArea => ({
  name: 'x',
  bytes,
  isRest: false,
  format: 'raw',
  cells: [],
  ...more,
});
const size = { width: 800, height: 600, titleHeight: 20 };
const surface = ({ width, height }: { width: number; height: number }): number => width * height;

describe('places', () => {
  it('are as large as what they stand for, within the map and beside each other', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 50, max: 1000 }), { minLength: 2, maxLength: 30 }), (sizes) => {
        const sorted = [...sizes].sort((a, b) => b - a);
        const placed = placeAreas(
          sorted.map((bytes) => area(bytes)),
          size,
        );
        expect(placed).toHaveLength(sizes.length);
        const whole = sizes.reduce((sum, bytes) => sum + bytes, 0);
        for (const one of placed) {
          expect(one.left).toBeGreaterThanOrEqual(0);
          expect(one.left + one.width).toBeLessThanOrEqual(size.width);
          expect(one.top + one.height).toBeLessThanOrEqual(size.height);
          // The gaps between areas take a little of each.
          expect(surface(one)).toBeLessThan((1.35 * surface(size) * sorted[one.index]!) / whole);
          for (const other of placed) {
            const apart =
              one === other ||
              one.left + one.width <= other.left ||
              other.left + other.width <= one.left ||
              one.top + one.height <= other.top ||
              other.top + other.height <= one.top;
            expect(apart).toBe(true);
          }
        }
      }),
    );
  });

  it('of cells are inside of their area, below its title', () => {
    const cells = [30, 20, 10].map((bytes) => ({ name: 'c', format: null, bytes }));
    const [group] = placeAreas([area(60, { cells }), area(40)], size);
    expect(group!.cells).toHaveLength(3);
    for (const cell of group!.cells) {
      expect(cell.top).toBeGreaterThanOrEqual(group!.top + size.titleHeight);
      expect(cell.left).toBeGreaterThanOrEqual(group!.left);
      expect(cell.left + cell.width).toBeLessThanOrEqual(group!.left + group!.width);
    }
  });

  it('of a rest leave room for what is shown, and that is said', () => {
    const areas = [area(10), area(10), area(100_000, { isRest: true })];
    expect(isRestCut(areas)).toBe(true);
    const placed = placeAreas(areas, size);
    expect(surface(placed[0]!)).toBeGreaterThan(0.25 * surface(size));
    expect(isRestCut([area(10), area(3, { isRest: true })])).toBe(false);
  });

  it('of what takes nothing are none', () => {
    expect(placeAreas([area(10), area(0)], size).map(({ index }) => index)).toEqual([0]);
    expect(placeAreas([], size)).toEqual([]);
  });
});

describe('arrow keys', () => {
  const at = (index: number, left: number, top: number): PlacedArea => {
    return { index, left, top, width: 96, height: 96, cells: [] };
  };
  const placed = [at(0, 0, 0), at(1, 100, 0), at(2, 0, 100), at(3, 100, 100)];

  it('lead to the nearest area on that side', () => {
    expect(areaTowards(placed, placed[0]!, 'right')?.index).toBe(1);
    expect(areaTowards(placed, placed[0]!, 'down')?.index).toBe(2);
    expect(areaTowards(placed, placed[3]!, 'left')?.index).toBe(2);
    expect(areaTowards(placed, placed[3]!, 'up')?.index).toBe(1);
    expect(areaTowards(placed, placed[0]!, 'left')).toBeNull();
  });

  it('reach every area from every other', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 50, max: 1000 }), { minLength: 2, maxLength: 20 }), (sizes) => {
        const all = placeAreas(
          [...sizes].sort((a, b) => b - a).map((bytes) => area(bytes)),
          size,
        );
        const reached = new Set([all[0]!]);
        for (const one of reached) {
          for (const direction of ['left', 'right', 'up', 'down'] as const) {
            const next = areaTowards(all, one, direction);
            if (next !== null) reached.add(next);
          }
        }
        expect(reached.size).toBe(all.length);
      }),
    );
  });
});
