import { describe, expect, it } from 'vitest';
import { mapBounded } from '../../../electron/library/bounded.ts';

describe('mapBounded', () => {
  it('keeps the order, with so many at a time', async () => {
    let [now, most] = [0, 0];
    const results = await mapBounded([5, 1, 3, 1, 2], 2, async (milliseconds) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      now--;
      return milliseconds * 10;
    });
    expect(results).toEqual([50, 10, 30, 10, 20]);
    expect(most).toBe(2);
    expect(await mapBounded([], 2, () => Promise.reject(new Error('no item')))).toEqual([]);
  });

  it('fails with the first failure', async () => {
    await expect(mapBounded([1, 2], 2, (item) => Promise.reject(new Error(`${item}`)))).rejects.toThrow('1');
  });
});
