/** What entries take on the disk, against going through them all. */
import { basename, dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpaceArea, SpaceMap, SpaceQuery } from '#shared/domain/library.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { LibraryIndex } from '../../../electron/catalogue/library-index.ts';

interface Image {
  readonly path: string;
  readonly format: string;
  readonly bytes: number;
  readonly missing: boolean;
}

function indexOf(images: readonly Image[]): LibraryIndex {
  const catalogue = openCatalogue(':memory:');
  for (const { path, format, bytes, missing } of images) {
    catalogue.run(
      `INSERT OR IGNORE INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at, missing)
       VALUES (@path, 'disk', @format, 1, @bytes, '2025-06-01T12:00:00.000Z', @missing)`,
      { path, format, bytes, missing: missing ? 1 : 0 },
    );
  }
  return new LibraryIndex(catalogue);
}

function mapOf(images: readonly Image[], asked: Partial<SpaceQuery> = {}): SpaceMap {
  return indexOf(images).space({ text: '', scope: '', by: 'folder', within: null, skip: 0, ...asked });
}

const image = (path: string, bytes: number, format = 'raw'): Image => ({
  path,
  bytes,
  format,
  missing: false,
});
const shown = (areas: readonly SpaceArea[]): unknown[] =>
  areas.map(({ kind, name, bytes }) => [kind, name, bytes]);

const images = [
  image('/vm/servers/web/a.img', 500),
  image('/vm/servers/web/b.img', 300, 'qcow2'),
  image('/vm/servers/c.img', 150),
  image('/vm/Old/d.img', 40, 'vmdk'),
  image('/vm/e.img', 10),
  { ...image('/vm/f.img', 999), missing: true },
];

describe('space by folder', () => {
  it('begins at the folder that has all of them, with what is further down in each', () => {
    const map = mapOf(images);
    expect(map).toMatchObject({ within: '/vm', bytes: 1000, count: 5, missing: 1 });
    expect(shown(map.areas)).toEqual([
      ['group', 'servers', 950],
      ['group', 'Old', 40],
      ['entry', 'e.img', 10],
    ]);
    expect(map.areas[0]).toMatchObject({
      key: '/vm/servers',
      count: 3,
      cells: [
        { name: 'web', format: null, bytes: 800 },
        { name: 'c.img', format: 'raw', bytes: 150 },
      ],
    });
  });

  it('goes into a folder, and on to where its entries are', () => {
    expect(shown(mapOf(images, { within: '/vm/servers' }).areas)).toEqual([
      ['group', 'web', 800],
      ['entry', 'c.img', 150],
    ]);
    const deep = mapOf([image('/a/b/c/d/x', 5), image('/a/b/c/d/y', 6), image('/z/y', 1)], { within: '/a' });
    expect(deep.within).toBe('/a/b/c/d');
    expect(shown(deep.areas)).toEqual([
      ['entry', 'y', 6],
      ['entry', 'x', 5],
    ]);
    expect(mapOf(images, { within: '/nowhere' })).toMatchObject({ bytes: 0, count: 0, areas: [] });
  });

  it('takes folders that hold one folder each for one', () => {
    const some = [image('/srv/images/prod/a', 5), image('/srv/images/test/b', 3), image('/home/ada/c', 1)];
    const map = mapOf(some);
    expect(shown(map.areas)).toEqual([
      ['group', 'srv/images', 8],
      ['group', 'home/ada', 1],
    ]);
    expect(map.areas[0]).toMatchObject({
      key: '/srv/images',
      cells: [
        { name: 'prod', format: null, bytes: 5 },
        { name: 'test', format: null, bytes: 3 },
      ],
    });
    expect(shown(mapOf(some, { within: '/srv/images' }).areas)).toEqual([
      ['group', 'prod', 5],
      ['group', 'test', 3],
    ]);
  });

  it('tells folders apart whose names differ in case, and takes the root for one', () => {
    expect(shown(mapOf([image('/A/x', 2), image('/a/x', 1)]).areas)).toEqual([
      ['group', 'A', 2],
      ['group', 'a', 1],
    ]);
    expect(shown(mapOf([image('/x', 2), image('/a/x', 1)]).areas)).toEqual([
      ['entry', 'x', 2],
      ['group', 'a', 1],
    ]);
  });

  it('counts each byte once, at every step', () => {
    const someImage = fc
      .tuple(
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }),
        fc.nat(99),
        fc.constantFrom('raw', 'qcow2'),
        fc.nat(1000),
        fc.boolean(),
      )
      .map(([folders, number, format, bytes, missing]): Image => {
        return { path: `/${[...folders, `x${number}`].join('/')}`, format, bytes, missing };
      });
    const distinct = fc.uniqueArray(someImage, { selector: ({ path }) => path, maxLength: 60 });
    fc.assert(
      fc.property(distinct, fc.constantFrom('folder', 'format'), (some, by) => {
        const index = indexOf(some);
        const there = some.filter(({ missing }) => !missing);
        const check = (within: string | null): void => {
          const map = index.space({ text: '', scope: '', by, within, skip: 0 });
          const inside = there.filter(({ path, format }) => {
            if (within === null) return true;
            return by === 'format' ? format === within : path.startsWith(within.replace(/\/?$/, '/'));
          });
          const sum = inside.reduce((bytes, one) => bytes + one.bytes, 0);
          expect([map.bytes, map.count]).toEqual([sum, inside.length]);
          expect(map.areas.reduce((bytes, one) => bytes + one.bytes, 0)).toBe(sum);
          for (const area of map.areas) {
            if (area.kind !== 'group') continue;
            expect(area.cells.reduce((bytes, one) => bytes + one.bytes, 0)).toBe(area.bytes);
            check(area.key);
          }
        };
        check(null);
      }),
      { numRuns: 60 },
    );
  });
});

describe('space by format', () => {
  it('has an area for each, with its largest entries', () => {
    const map = mapOf(images, { by: 'format' });
    expect(shown(map.areas)).toEqual([
      ['group', 'raw', 660],
      ['group', 'qcow2', 300],
      ['group', 'vmdk', 40],
    ]);
    const inside = mapOf(images, { by: 'format', within: 'raw' });
    expect(shown(inside.areas)).toEqual([
      ['entry', 'a.img', 500],
      ['entry', 'c.img', 150],
      ['entry', 'e.img', 10],
    ]);
  });
});

describe('space by chain', () => {
  /** base ← web ← web-1, base ← db, and `alone`. */
  function chains(): LibraryIndex {
    const catalogue = openCatalogue(':memory:');
    const put = (name: string, bytes: number, parent: string | null): void => {
      const path = `/m/${name}`;
      catalogue.run(
        `INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at)
         VALUES (@path, 'disk', 'qcow2', 1, @bytes, '2025-06-01T12:00:00.000Z')`,
        { path, bytes },
      );
      if (parent === null) return;
      catalogue.run(
        `INSERT INTO file_references (path, ordinal, role, name, target, required, found)
         VALUES (@path, 0, 'parent', @parent, @target, 1, 1)`,
        { path, parent, target: `/m/${parent}` },
      );
    };
    put('base', 1000, null);
    put('web', 200, 'base');
    put('web-1', 30, 'web');
    put('web-2', 40, 'web');
    put('db', 500, 'base');
    put('alone', 600, null);
    return new LibraryIndex(catalogue);
  }
  const spaceIn = (index: LibraryIndex, within: string | null, text = ''): SpaceMap =>
    index.space({ text, scope: '', by: 'chain', within, skip: 0 });

  it('shows a base with all that stands on it as one area, gone into branch by branch', () => {
    const index = chains();
    const all = spaceIn(index, null);
    expect(all).toMatchObject({ bytes: 2370, count: 6 });
    expect(shown(all.areas)).toEqual([
      ['group', 'base', 1770],
      ['entry', 'alone', 600],
    ]);
    expect(all.areas[0]).toMatchObject({ count: 5 });
    const key = (all.areas[0] as Extract<SpaceArea, { kind: 'group' }>).key;
    const inside = spaceIn(index, key);
    expect(shown(inside.areas)).toEqual([
      ['entry', 'base', 1000],
      ['entry', 'db', 500],
      ['group', 'web', 270],
    ]);
    expect(inside.areas[0]).toMatchObject({ standing: 4 });
    expect(inside.areas[1]).toMatchObject({ standing: 0 });
    const web = spaceIn(index, (inside.areas[2] as Extract<SpaceArea, { kind: 'group' }>).key);
    expect(shown(web.areas)).toEqual([
      ['entry', 'web', 200],
      ['entry', 'web-2', 40],
      ['entry', 'web-1', 30],
    ]);
    expect(spaceIn(index, '999')).toMatchObject({ count: 0, areas: [] });
  });

  it('leaves out what a search does not find, and keeps what stands on it together', () => {
    expect(shown(spaceIn(chains(), null, '-name:web OR name:web-').areas)).toEqual([
      ['group', 'base', 1570],
      ['entry', 'alone', 600],
    ]);
  });
});

describe('what is too small', () => {
  const many = Array.from({ length: 1000 }, (_, at) => image(`/m/${String(at).padStart(4, '0')}`, 1000 + at));

  it('is one area that can be gone into until nothing is left', () => {
    const seen = new Set<string>();
    for (let skip = 0, steps = 0; ; steps++) {
      const { areas, bytes } = mapOf(many, { skip });
      expect(steps).toBeLessThan(100);
      expect(bytes).toBe(many.reduce((sum, one) => sum + one.bytes, 0));
      for (const area of areas) if (area.kind === 'entry') seen.add(area.name);
      const rest = areas.at(-1)!;
      if (rest.kind !== 'rest') break;
      expect(rest.count).toBe(1000 - seen.size);
      skip = rest.next;
    }
    expect(seen.size).toBe(1000);
    expect([...seen].every((name) => many.some(({ path }) => basename(path) === name))).toBe(true);
  });

  it('answers for what a search finds', () => {
    const map = indexOf(many).space({ text: 'name:0999', scope: '', by: 'folder', within: null, skip: 0 });
    expect(shown(map.areas)).toEqual([['entry', '0999', 1999]]);
    expect(map.within).toBe(dirname('/m/0999'));
  });
});
