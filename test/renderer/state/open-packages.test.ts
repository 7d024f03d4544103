// The list of open packages as it is kept over a reload.
import { describe, expect, it } from 'vitest';

import { parseOpenPackages } from '../../../renderer/state/open-packages.ts';

describe('parseOpenPackages', () => {
  it('reads the paths that were kept', () => {
    expect(parseOpenPackages(JSON.stringify(['/a.ova', '/b.ova']))).toEqual(['/a.ova', '/b.ova']);
    expect(parseOpenPackages(null)).toEqual([]);
  });

  it.each(['', '{', '{"0":"/a.ova"}', 'null', '7'])('takes nothing from %s', (kept) => {
    expect(parseOpenPackages(kept)).toEqual([]);
  });

  it('leaves out what is no path, and keeps the number within bounds', () => {
    expect(parseOpenPackages('["/a.ova", 3, null]')).toEqual(['/a.ova']);
    expect(parseOpenPackages(JSON.stringify(Array.from({ length: 100 }, (_, n) => `/${n}`)))).toHaveLength(
      32,
    );
  });
});
