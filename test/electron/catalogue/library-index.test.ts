import { basename, dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LibraryQuery, SortKey } from '#shared/domain/library.ts';
import { parseQuery } from '#shared/query/parse.ts';
import { printQuery } from '#shared/query/syntax.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { listImages, removeImage } from '../../../electron/catalogue/images.ts';
import { LibraryIndex } from '../../../electron/catalogue/library-index.ts';
import { answers } from '../../shared/query/naive.ts';
import { someQuery } from '../../shared/query/some-queries.ts';

const now = Date.parse('2025-06-01T12:00:00Z');

interface Row {
  readonly path: string;
  readonly kind: string;
  readonly format: string;
  readonly virtual: number | null;
  readonly allocated: number;
  readonly added: number;
  readonly modified: number | null;
  readonly origin: string | null;
  readonly missing: 0 | 1;
  readonly fingerprint: string | null;
  readonly note: string | null;
  readonly rating: number | null;
  /** One of the tags that there are. */
  readonly tag: number | null;
}

const someRow: fc.Arbitrary<Row> = fc.record({
  path: fc
    .tuple(
      fc.constantFrom('/a', '/b/É', '/a/b1'),
      fc.string({ unit: fc.constantFrom('a', 'b', 'É', '1', '-', '.', '_'), minLength: 1, maxLength: 6 }),
    )
    .map(([folder, name]) => `${folder}/${name}x`),
  kind: fc.constantFrom('disk', 'package', 'optical'),
  format: fc.constantFrom('raw', 'qcow2', 'vmdk'),
  virtual: fc.option(fc.nat(8).map((count) => count << 20)),
  allocated: fc.nat(8).map((count) => count << 20),
  added: fc.nat(500).map((days) => now - days * 43_200_000),
  modified: fc.option(fc.nat(500).map((days) => now - days * 43_200_000)),
  origin: fc.option(fc.constantFrom('extracted', 'converted', 'built')),
  missing: fc.constantFrom(0, 1),
  fingerprint: fc.option(fc.constantFrom('a', 'b', 'c').map((letter) => letter.repeat(64))),
  note: fc.option(
    fc.string({ unit: fc.constantFrom('a', 'b', 'É', ' ', '1', 'raw', '-'), minLength: 1, maxLength: 8 }),
  ),
  rating: fc.option(fc.integer({ min: 1, max: 5 })),
  tag: fc.option(fc.constantFrom(1, 2)),
});

const plain = {
  kind: 'disk',
  format: 'raw',
  virtual: 1,
  allocated: 1,
  added: now,
  modified: now,
  origin: null,
  missing: 0,
  fingerprint: null,
  note: null,
  rating: null,
  tag: null,
} as const;

function library(): Catalogue {
  const catalogue = openCatalogue(':memory:');
  catalogue.run("INSERT INTO tags (name, color) VALUES ('ab', 'red'), ('B-É', 'blue')");
  return catalogue;
}

function put(catalogue: Catalogue, row: Row): void {
  catalogue.run(
    `INSERT INTO images (path, kind, format, virtual_size_bytes, file_size_bytes, allocated_bytes,
       modified_milliseconds, origin, added_at, missing, fingerprint, note, rating)
     VALUES (@path, @kind, @format, @virtual, 1, @allocated, @modified, @origin, @added, @missing, @fingerprint,
       @note, @rating)
     ON CONFLICT (path) DO UPDATE SET format = excluded.format, missing = excluded.missing, note = excluded.note`,
    {
      ...row,
      origin: row.origin && JSON.stringify({ kind: row.origin }),
      added: new Date(row.added).toISOString(),
    },
  );
  catalogue.run('DELETE FROM image_tags WHERE image_id = (SELECT id FROM images WHERE path = @path)', {
    path: row.path,
  });
  if (row.tag === null) return;
  catalogue.run('INSERT INTO image_tags SELECT id, @tag FROM images WHERE path = @path', {
    tag: row.tag,
    path: row.path,
  });
}

/** What a person would answer, entry by entry. */
function naive(catalogue: Catalogue, text: string): number[] {
  const rows = catalogue.all<Row & { id: number; added: string; tags: string }>(
    `SELECT id, path, kind, format, virtual_size_bytes AS virtual, allocated_bytes AS allocated,
       modified_milliseconds AS modified, origin ->> '$.kind' AS origin, added_at AS added, missing, fingerprint,
       note, rating, (SELECT json_group_array(name) FROM image_tags JOIN tags ON tags.id = tag_id
         WHERE image_id = images.id) AS tags
     FROM images ORDER BY id`,
  );
  const { query } = parseQuery(text);
  return rows
    .filter((row) =>
      answers(
        {
          ...row,
          folder: dirname(row.path),
          name: basename(row.path),
          allocated: row.missing === 1 ? null : row.allocated,
          added: Date.parse(row.added),
          origin: row.origin ?? 'found',
          tags: JSON.parse(row.tags) as string[],
          missing: row.missing === 1,
          duplicate:
            row.missing === 0 &&
            row.fingerprint !== null &&
            rows.some(
              (other) => other.id !== row.id && other.missing === 0 && other.fingerprint === row.fingerprint,
            ),
        },
        query,
        now,
      ),
    )
    .map(({ id }) => id);
}

const asked = (text: string, key: SortKey = 'added'): LibraryQuery => ({
  text,
  scope: '',
  sort: { key, direction: 'ascending' },
});

describe('LibraryIndex', () => {
  it('finds what going through all entries finds, also after they changed', () => {
    fc.assert(
      fc.property(
        fc.array(someRow, { maxLength: 12 }),
        fc.array(someRow, { maxLength: 4 }),
        fc.array(someQuery, { minLength: 1, maxLength: 6 }),
        (before, after, queries) => {
          const catalogue = library();
          const index = new LibraryIndex(catalogue, () => now);
          const check = (): void => {
            for (const text of queries.map(printQuery).filter(({ length }) => length <= 2000)) {
              if (index.page(asked(text), 0, 0, null).corrections.length > 0) continue;
              const found = index.ids(asked(text), 0, 1000);
              expect([...found].sort((a, b) => a - b)).toEqual(naive(catalogue, text));
            }
          };
          for (const row of before) put(catalogue, row);
          check();
          for (const row of after) put(catalogue, row);
          const [first] = listImages(catalogue);
          if (first !== undefined) removeImage(catalogue, first.id);
          check();
          catalogue.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps every order in order while entries come, change and go', () => {
    const keys: SortKey[] = ['name', 'format', 'virtualSize', 'onDisk', 'added', 'modified', 'rating'];
    fc.assert(
      fc.property(
        fc.array(someRow, { maxLength: 12 }),
        fc.array(someRow, { maxLength: 6 }),
        (before, after) => {
          const catalogue = library();
          const index = new LibraryIndex(catalogue, () => now);
          const all = (one: LibraryIndex): number[][] => keys.map((key) => one.ids(asked('', key), 0, 1000));
          for (const row of before) put(catalogue, row);
          all(index);
          for (const row of after) put(catalogue, row);
          const [first] = listImages(catalogue);
          if (first !== undefined) removeImage(catalogue, first.id);
          expect(all(index)).toEqual(all(new LibraryIndex(catalogue, () => now)));
          catalogue.close();
        },
      ),
      { numRuns: 60 },
    );
  });

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

  it('reads everything again when changes were dropped that it has not seen', () => {
    const catalogue = library();
    const index = new LibraryIndex(catalogue);
    put(catalogue, { ...plain, path: '/a/1' });
    expect(index.ids(asked(''), 0, 10)).toEqual([1]);
    for (const path of ['/a/2', '/a/3', '/a/4']) put(catalogue, { ...plain, path });
    // Another process has taken them in, and dropped them.
    new LibraryIndex(catalogue).refresh();
    catalogue.run('DELETE FROM image_changes WHERE sequence < 4');
    expect(index.ids(asked(''), 0, 10)).toHaveLength(4);
  });

  it('sorts names by the numbers in them, without regard to case, and what is unknown last', () => {
    const catalogue = library();
    const names = [
      'disk10',
      'Disk2',
      'disk1',
      'disk0002',
      'disk123456789',
      'disk1234567890123456789',
      'diska',
    ];
    for (const [index, name] of names.entries()) {
      const virtual = index === 0 ? null : 10 - index;
      put(catalogue, { ...plain, path: `/a/${name}`, virtual });
    }
    const index = new LibraryIndex(catalogue);
    const listed = (query: LibraryQuery): string[] =>
      index.page(query, 0, 50, null).entries.map(({ name }) => name);
    expect(listed(asked('', 'name'))).toEqual([
      'disk1',
      'disk0002',
      'Disk2',
      'disk10',
      'disk123456789',
      'disk1234567890123456789',
      'diska',
    ]);
    expect(listed(asked('', 'virtualSize')).at(-1)).toBe('disk10');
    const down = {
      ...asked('', 'virtualSize'),
      sort: { key: 'virtualSize', direction: 'descending' },
    } as const;
    expect(listed(down).at(-1)).toBe('disk10');
    expect(listed(down)[0]).toBe('Disk2');
  });

  it('finds what was mistyped, and says so; but not inside a negation or between quotation marks', () => {
    const catalogue = library();
    for (const name of ['debian-12.qcow2', 'ubuntu.raw', 'deb.raw']) {
      put(catalogue, { ...plain, path: `/a/${name}` });
    }
    const index = new LibraryIndex(catalogue);
    const found = (text: string): [string[], unknown] => {
      const { entries, corrections } = index.page(asked(text, 'name'), 0, 50, null);
      return [entries.map(({ name }) => name), corrections];
    };
    expect(found('debain')).toEqual([['debian-12.qcow2'], [{ word: 'debain', instead: ['debian'] }]]);
    expect(found('ubunto')).toEqual([['ubuntu.raw'], [{ word: 'ubunto', instead: ['ubuntu'] }]]);
    expect(found('-debain')[0]).toHaveLength(3);
    expect(found('"debain"')).toEqual([[], []]);
    expect(found('wholly-other')).toEqual([[], []]);
  });
});
