import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutPieces, merge, subtract, unite } from '#engine/operations/spans.ts';
import type { Span } from '#shared/domain/image.ts';

const length = 60;

/** Ascending disjoint spans of a short line; some touch each other. */
const spans = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 6 })), { maxLength: 8 })
  .map((steps) => {
    let at = 0;
    return steps.map(([gap, size]): Span => {
      const start = at + gap;
      at = start + size;
      return { start, length: size };
    });
  });

/** Which points of the line the spans cover; checks that they ascend and do not overlap. */
function covered(list: Iterable<Span>): boolean[] {
  const points = new Array<boolean>(length).fill(false);
  let end = 0;
  for (const span of list) {
    expect(span.start).toBeGreaterThanOrEqual(end);
    expect(span.length).toBeGreaterThan(0);
    end = span.start + span.length;
    points.fill(true, span.start, end);
  }
  return points;
}

const points = (
  first: readonly boolean[],
  second: readonly boolean[],
  both: (a: boolean, b: boolean) => boolean,
) => first.map((one, index) => both(one, second[index]!));

describe('arithmetic of spans', () => {
  it('unites, leaving a gap between what it yields', () => {
    fc.assert(
      fc.property(spans, spans, (first, second) => {
        const united = [...unite(first, second)];
        expect(covered(united)).toEqual(points(covered(first), covered(second), (a, b) => a || b));
        for (const [index, span] of united.slice(1).entries()) {
          expect(span.start).toBeGreaterThan(united[index]!.start + united[index]!.length);
        }
      }),
      { seed: 1 },
    );
  });

  it('subtracts', () => {
    fc.assert(
      fc.property(spans, spans, (first, second) => {
        const rest = covered(subtract(first, second));
        expect(rest).toEqual(points(covered(first), covered(second), (a, b) => a && !b));
      }),
      { seed: 1 },
    );
  });

  it('cuts into pieces that are no longer than asked', () => {
    fc.assert(
      fc.property(spans, fc.integer({ min: 1, max: 7 }), (list, most) => {
        const pieces = [...cutPieces(list, most)];
        expect(covered(pieces)).toEqual(covered(list));
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(most);
      }),
      { seed: 1 },
    );
  });

  it('merges what does not overlap, losing no piece', () => {
    fc.assert(
      fc.property(spans, spans, (first, second) => {
        const rest = [...subtract(second, first)];
        const merged = [...merge(first, rest)];
        expect(merged).toHaveLength(first.length + rest.length);
        expect(covered(merged)).toEqual(points(covered(first), covered(second), (a, b) => a || b));
      }),
      { seed: 1 },
    );
  });
});
