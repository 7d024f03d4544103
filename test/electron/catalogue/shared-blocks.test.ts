import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { compareBlocks, sharedBlocks } from '../../../electron/catalogue/shared-blocks.ts';
import { addEntry, addKnown, someContent, someFile } from './some-content.ts';

const sketch = (blocks: readonly number[], distinct?: number) =>
  someContent([someFile('/a')], blocks, distinct);

describe('compareBlocks', () => {
  it('says exactly what share of all blocks both have', () => {
    const numbers = fc.uniqueArray(fc.nat(40), { maxLength: 30 });
    fc.assert(
      fc.property(numbers, numbers, (first, second) => {
        const both = first.filter((one) => second.includes(one)).length;
        expect(compareBlocks(sketch(first), sketch(second))).toEqual({
          ofThis: first.length === 0 ? 0 : both / first.length,
          ofOther: second.length === 0 ? 0 : both / second.length,
          isExact: true,
        });
      }),
    );
  });

  it('goes by the whole 64 bits', () => {
    const [low, high] = [2 ** 33 + 1, 2 ** 34 + 1];
    expect(compareBlocks(sketch([low]), sketch([high])).ofThis).toBe(0);
    expect(compareBlocks(sketch([low, high]), sketch([high])).ofThis).toBe(0.5);
  });

  it('takes the known smallest digests of a large disk for a sample', () => {
    // Of 1000 blocks the ten smallest are known; half of them are in the other, of which all is known.
    const large = sketch([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 1000);
    const other = sketch([0, 2, 4, 6, 8, 500, 501]);
    expect(compareBlocks(large, other)).toEqual({ ofThis: 0.5, ofOther: 1, isExact: false });
    expect(compareBlocks(other, large)).toEqual({ ofThis: 1, ofOther: 0.5, isExact: false });
  });
});

describe('sharedBlocks', () => {
  let catalogue: Catalogue;
  beforeEach(() => {
    catalogue = openCatalogue(':memory:');
  });

  it('finds the entries that have blocks of one, the most alike first', async () => {
    const one = addKnown(catalogue, '/one.raw', [1, 2, 3, 4]);
    const half = addKnown(catalogue, '/half.raw', [3, 4]);
    const most = addKnown(catalogue, '/most.raw', [1, 2, 3, 9]);
    addKnown(catalogue, '/other.raw', [70, 71]);
    addEntry(catalogue, '/unread.raw');
    const found = (await sharedBlocks(catalogue, one, null))!;
    expect(found.others.map(({ entry, ofThis, ofOther }) => [entry.id, ofThis, ofOther])).toEqual([
      [most, 0.75, 0.75],
      [half, 0.5, 1],
    ]);
    expect(found).toMatchObject({ distinctBlocks: 4, complete: true });
    const pair = (await sharedBlocks(catalogue, one, half))!;
    expect(pair.others.map(({ entry }) => entry.id)).toEqual([half]);
  });

  it('is null for what was not read', async () => {
    expect(await sharedBlocks(catalogue, addEntry(catalogue, '/a.raw'), null)).toBeNull();
  });

  it('ends when its time is over, and says so', async () => {
    const one = addKnown(catalogue, '/one.raw', [1]);
    for (let index = 0; index < 70; index++) addKnown(catalogue, `/${index}.raw`, [1, 100 + index]);
    let now = 0;
    const found = (await sharedBlocks(catalogue, one, null, () => (now += 3000)))!;
    expect(found.complete).toBe(false);
    expect(found.others.length).toBe(50);
    expect((await sharedBlocks(catalogue, one, null))!.complete).toBe(true);
  });
});
