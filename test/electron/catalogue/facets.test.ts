import { describe, expect, it } from 'vitest';
import { LibraryIndex } from '../../../electron/catalogue/library-index.ts';
import { asked, library, now, plain, put } from './library-rows.ts';

describe('facets', () => {
  it('counts values as if nothing were chosen of their own key', () => {
    const catalogue = library();
    for (const [index, format] of ['raw', 'raw', 'qcow2', 'vmdk'].entries()) {
      put(catalogue, { ...plain, path: `/a/${index}`, kind: 'disk', format, missing: index === 0 ? 1 : 0 });
    }
    put(catalogue, { ...plain, path: '/a/p', kind: 'package', format: 'ova' });
    const { facets, scopes } = new LibraryIndex(catalogue).counts('format:raw -is:missing', 'kind:disk', [
      '',
      'kind:package',
      'is:missing',
    ]);
    expect(scopes).toEqual([5, 1, 1]);
    const values = Object.fromEntries(facets.map((facet) => [facet.key, facet.values]));
    expect(values['format']).toEqual([
      { value: 'qcow2', count: 1 },
      { value: 'raw', count: 1 },
      { value: 'vmdk', count: 1 },
    ]);
    expect(values['kind']).toEqual([{ value: 'disk', count: 1 }]);
    expect(values['is']).toEqual([]);
  });

  it('counts systems by family and folders with what lies below them, as asking for each would find', () => {
    const catalogue = library();
    const rows = [
      ['/srv/a/1', 'debian 12'],
      ['/srv/a/2', 'Debian_64'],
      ['/srv/a/deep/3', 'Ubuntu (64-bit)'],
      ['/srv/b/4', 'windows'],
      ['/srv/b/5', null],
      ['/srv/about/6', 'BeOS'],
    ] as const;
    for (const [path, guest] of rows) put(catalogue, { ...plain, path, guest });
    const index = new LibraryIndex(catalogue, () => now);
    const counted = (text: string): Record<string, (string | number)[][]> => {
      const { facets } = index.counts(text, '', []);
      return Object.fromEntries(
        facets.map((facet) => [facet.key, facet.values.map(({ value, count }) => [value, count])]),
      );
    };
    expect(counted('')['os']).toEqual([
      ['linux', 3],
      ['debian', 2],
      ['ubuntu', 1],
      ['windows', 1],
    ]);
    expect(counted('os:debian')['folder']).toEqual([['/srv/a', 2]]);
    expect(counted('folder:/srv/a')['folder']).toEqual([
      ['/srv/a', 3],
      ['/srv/b', 2],
      ['/srv/a/deep', 1],
      ['/srv/about', 1],
    ]);
    for (const key of ['os', 'folder']) {
      for (const [value, count] of counted('')[key]!) {
        expect(index.ids(asked(`${key}:${value}`), 0, 100)).toHaveLength(count as number);
      }
    }
    expect(index.ids(asked('folder:/srv/a/'), 0, 100)).toHaveLength(3);
  });

  it('counts ranges, each as its condition by itself would find', () => {
    const catalogue = library();
    const sizes = [0.5, 2, 20, 200].map((gibibytes) => gibibytes * 2 ** 30);
    for (const [index, allocated] of sizes.entries()) {
      const own = index === 2 ? { rating: 5, note: 'x', tag: 1 } : index < 2 ? { rating: 4 } : {};
      put(catalogue, { ...plain, path: `/a/${index}`, allocated, added: now - index * 259_200_000, ...own });
    }
    const { facets } = new LibraryIndex(catalogue, () => now).counts('rating:5', '', []);
    const values = Object.fromEntries(
      facets.map((facet) => [facet.key, facet.values.map(({ value, count }) => [value, count])]),
    );
    expect(values['rating']).toEqual([
      ['5', 1],
      ['>=4', 3],
      ['>=3', 3],
      ['>=2', 3],
      ['>=1', 3],
    ]);
    expect(values['size']).toEqual([
      ['>1G', 1],
      ['>10G', 1],
    ]);
    expect(values['added']).toEqual([
      ['<7d', 1],
      ['<1m', 1],
      ['<1y', 1],
    ]);
    expect(values['is']).toEqual([
      ['tagged', 1],
      ['noted', 1],
    ]);
  });
});
