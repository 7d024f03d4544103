import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotTable } from '../../../electron/catalogue/slot-table.ts';

describe('SlotTable', () => {
  it('answers as a Map does, for ids of any size', () => {
    const id = fc.oneof(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 2 ** 24 - 2, max: 2 ** 24 + 2 }),
      fc.maxSafeNat(),
    );
    const step = fc.tuple(fc.constantFrom('set', 'delete', 'clear'), id, fc.nat(1000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const [table, map] = [new SlotTable(), new Map<number, number>()];
        for (const [what, one, slot] of steps) {
          if (what === 'set') {
            table.set(one, slot);
            map.set(one, slot);
          } else if (what === 'delete') {
            table.delete(one);
            map.delete(one);
          } else if (slot < 50) {
            table.clear();
            map.clear();
          }
          expect(table.size).toBe(map.size);
          for (const [, other] of steps) expect(table.get(other)).toBe(map.get(other));
        }
      }),
      { numRuns: 60 },
    );
  });
});
