import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkBytesFor, countUnits, cutChunks, SpanList } from '#engine/pipeline/chunks.ts';
import { subtract, unite } from '#engine/operations/spans.ts';
import type { Span } from '#shared/domain/image.ts';

/** Ascending, disjoint, not touching spans. */
const spans = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 })), { maxLength: 12 })
  .map((pairs) => {
    let at = -1;
    return pairs.map(([gap, length]): Span => {
      const start = at + gap;
      at = start + length;
      return { start, length };
    });
  });

const covered = (list: Iterable<Span>): Set<number> => {
  const bytes = new Set<number>();
  for (const { start, length } of list) for (let at = start; at < start + length; at++) bytes.add(at);
  return bytes;
};
const ascending = (list: readonly Span[]): boolean =>
  list.every(
    (span, i) => span.length > 0 && (i === 0 || span.start >= list[i - 1]!.start + list[i - 1]!.length),
  );

describe('cutChunks', () => {
  it('covers all data with whole units, within the capacity, never across a border', () => {
    fc.assert(
      fc.property(
        spans,
        fc.constantFrom(1, 4, 16, 64),
        fc.integer({ min: 0, max: 40 }),
        (list, unitBytes, extra) => {
          const chunkBytes = 64;
          const last = list[list.length - 1];
          const capacity = (last === undefined ? 0 : last.start + last.length) + extra;
          const chunks = [...cutChunks(list, unitBytes, chunkBytes, capacity)];
          expect(ascending(chunks)).toBe(true);
          const bytes = covered(chunks);
          for (const at of covered(list)) expect(bytes.has(at)).toBe(true);
          for (const { start, length } of chunks) {
            expect(start % unitBytes).toBe(0);
            expect((start + length) % unitBytes === 0 || start + length === capacity).toBe(true);
            expect(Math.floor(start / chunkBytes)).toBe(Math.floor((start + length - 1) / chunkBytes));
          }
        },
      ),
    );
  });

  it('gives one chunk for what lies in one', () => {
    expect([
      ...cutChunks(
        [
          { start: 5, length: 2 },
          { start: 30, length: 2 },
        ],
        4,
        64,
        100,
      ),
    ]).toEqual([{ start: 4, length: 28 }]);
  });
});

describe('chunkBytesFor', () => {
  it('is a whole number of units', () => {
    for (const unitBytes of [512, 4096, 65536, 1 << 20, 2 << 20, 32 << 20]) {
      expect(chunkBytesFor(unitBytes) % unitBytes).toBe(0);
    }
  });
});

describe('countUnits', () => {
  it('counts each unit once', () => {
    fc.assert(
      fc.property(spans, fc.constantFrom(1, 4, 16, 64), (list, unitBytes) => {
        const units = new Set([...covered(list)].map((at) => Math.floor(at / unitBytes)));
        expect(countUnits(list, unitBytes)).toBe(units.size);
      }),
    );
  });
});

describe('SpanList', () => {
  it('keeps any number of spans', () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ start: index * 10, length: 3 }));
    const list = new SpanList(many);
    expect([...list]).toEqual(many);
    expect(list.dataBytes).toBe(15_000);
  });
});

describe('unite and subtract', () => {
  it('agree with sets of bytes', () => {
    fc.assert(
      fc.property(spans, spans, (first, second) => {
        const [a, b] = [covered(first), covered(second)];
        const union = [...unite(first, second)];
        expect(ascending(union)).toBe(true);
        expect(covered(union)).toEqual(new Set([...a, ...b].sort((x, y) => x - y)));
        const rest = [...subtract(first, second)];
        expect(ascending(rest)).toBe(true);
        expect(covered(rest)).toEqual(new Set([...a].filter((at) => !b.has(at))));
      }),
    );
  });
});
