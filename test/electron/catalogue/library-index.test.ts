import { basename, dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LibraryQuery, SortKey } from '#shared/domain/library.ts';
import { folded, matcherOf, type EntryFacts } from '#shared/query/matching.ts';
import { parseQuery } from '#shared/query/parse.ts';
import { printQuery } from '#shared/query/syntax.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { listImages, removeImage } from '../../../electron/catalogue/images.ts';
import { LibraryIndex } from '../../../electron/catalogue/library-index.ts';
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
});

function put(catalogue: Catalogue, row: Row): void {
  catalogue.run(
    `INSERT INTO images (path, kind, format, virtual_size_bytes, file_size_bytes, allocated_bytes,
       modified_milliseconds, origin, added_at, missing, fingerprint)
     VALUES (@path, @kind, @format, @virtual, 1, @allocated, @modified, @origin, @added, @missing, @fingerprint)
     ON CONFLICT (path) DO UPDATE SET format = excluded.format, missing = excluded.missing`,
    {
      ...row,
      origin: row.origin && JSON.stringify({ kind: row.origin }),
      added: new Date(row.added).toISOString(),
    },
  );
}

/** What a person would answer, entry by entry. */
function naive(catalogue: Catalogue, text: string): number[] {
  const rows = catalogue.all<Row & { id: number; added: string }>(
    `SELECT id, path, kind, format, virtual_size_bytes AS virtual, allocated_bytes AS allocated,
       modified_milliseconds AS modified, origin ->> '$.kind' AS origin, added_at AS added, missing, fingerprint
     FROM images ORDER BY id`,
  );
  const facts = rows.map((row): EntryFacts & { row: (typeof rows)[number] } => ({
    row,
    kind: row.kind,
    format: row.format,
    name: folded(basename(row.path)),
    path: folded(row.path),
    allocatedBytes: row.allocated,
    virtualSizeBytes: row.virtual,
    addedMilliseconds: Date.parse(row.added),
    modifiedMilliseconds: row.modified,
    origin: row.origin ?? 'found',
    missing: row.missing === 1,
  }));
  const matches = matcherOf(parseQuery(text).query, {
    now,
    hasWords: ({ name, path }, { text: wanted }) => name.includes(wanted) || dirname(path).includes(wanted),
    isDuplicate: (entry) => {
      const { row } = entry as (typeof facts)[number];
      return (
        row.missing === 0 &&
        row.fingerprint !== null &&
        rows.some(
          (other) => other.id !== row.id && other.missing === 0 && other.fingerprint === row.fingerprint,
        )
      );
    },
  });
  return facts.filter(matches).map(({ row }) => row.id);
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
          const catalogue = openCatalogue(':memory:');
          const index = new LibraryIndex(catalogue, () => now);
          const check = (): void => {
            for (const text of queries.map(printQuery).filter(({ length }) => length <= 2000)) {
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
    const keys: SortKey[] = ['name', 'format', 'virtualSize', 'onDisk', 'added'];
    fc.assert(
      fc.property(
        fc.array(someRow, { maxLength: 12 }),
        fc.array(someRow, { maxLength: 6 }),
        (before, after) => {
          const catalogue = openCatalogue(':memory:');
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
    const catalogue = openCatalogue(':memory:');
    const base = { virtual: 1, allocated: 1, added: now, modified: now, origin: null, fingerprint: null };
    for (const [index, format] of ['raw', 'raw', 'qcow2', 'vmdk'].entries()) {
      put(catalogue, { ...base, path: `/a/${index}`, kind: 'disk', format, missing: index === 0 ? 1 : 0 });
    }
    put(catalogue, { ...base, path: '/a/p', kind: 'package', format: 'ova', missing: 0 });
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
    const catalogue = openCatalogue(':memory:');
    const index = new LibraryIndex(catalogue);
    const base = { kind: 'disk', format: 'raw', virtual: 1, allocated: 1, added: now, modified: now };
    const more = { ...base, origin: null, missing: 0, fingerprint: null } as const;
    put(catalogue, { ...more, path: '/a/1' });
    expect(index.ids(asked(''), 0, 10)).toEqual([1]);
    for (const path of ['/a/2', '/a/3', '/a/4']) put(catalogue, { ...more, path });
    catalogue.run('DELETE FROM image_changes WHERE sequence < 4');
    expect(index.ids(asked(''), 0, 10)).toHaveLength(4);
  });

  it('sorts names by the numbers in them, without regard to case, and what is unknown last', () => {
    const catalogue = openCatalogue(':memory:');
    const base = { kind: 'disk', format: 'raw', allocated: 1, added: now, modified: now, origin: null };
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
      put(catalogue, { ...base, path: `/a/${name}`, virtual, missing: 0, fingerprint: null });
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
});
