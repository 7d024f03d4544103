import { describe, expect, it } from 'vitest';
import { TableCache } from '#engine/disks/vmdk/table-cache.ts';

describe('TableCache', () => {
  it('forgets what was not used for longest', () => {
    const cache = new TableCache<string | null>(2);
    cache.set(1, 'one');
    cache.set(2, null);
    expect(cache.get(1)).toBe('one');
    cache.set(3, 'three');
    expect(cache.get(2)).toBeUndefined();
    expect(cache.get(1)).toBe('one');
    expect(cache.get(3)).toBe('three');
  });

  it('replaces a value without forgetting another', () => {
    const cache = new TableCache<string>(2);
    cache.set(1, 'one');
    cache.set(2, 'two');
    cache.set(2, 'new');
    expect([cache.get(1), cache.get(2)]).toEqual(['one', 'new']);
  });
});
