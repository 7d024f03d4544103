import { basename, dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortKeys, type LibraryQuery, type SortKey } from '#shared/domain/library.ts';
import { parseQuery } from '#shared/query/parse.ts';
import { printQuery } from '#shared/query/syntax.ts';
import type { Catalogue } from '../../../electron/catalogue/database.ts';
import { listImages, removeImage } from '../../../electron/catalogue/images.ts';
import { LibraryIndex } from '../../../electron/catalogue/library-index.ts';
import { answers, asksForParts, type EntryFacts } from '../../shared/query/naive.ts';
import { someQuery } from '../../shared/query/some-queries.ts';
import { asked, library, madeFrom, now, plain, put, type Row } from './library-rows.ts';
import { PlainBelonging, type PlainLink } from './plain-belonging.ts';
import { someRow } from './some-rows.ts';

interface StoredRow extends Omit<Row, 'added' | 'links'> {
  readonly id: number;
  readonly added: string;
  readonly tags: string;
  readonly links: string;
}

function rowsOf(catalogue: Catalogue): StoredRow[] {
  return catalogue.all<StoredRow>(
    `SELECT id, path, kind, format, images.virtual_size_bytes AS virtual, allocated_bytes AS allocated,
       modified_milliseconds AS modified, origin ->> '$.kind' AS origin, added_at AS added, missing, fingerprint,
       note, rating, guest, root,
       (SELECT json_group_array(name) FROM image_tags JOIN tags ON tags.id = tag_id WHERE image_id = images.id) AS tags,
       (SELECT json_group_array(json_object('role', role, 'target', target, 'required', required, 'found', found)
         ORDER BY ordinal) FROM file_references WHERE file_references.path = images.path) AS links
     FROM images LEFT JOIN image_contents ON image_contents.image_id = id ORDER BY id`,
  );
}

/** What a person would answer, entry by entry. */
function naive(catalogue: Catalogue, text: string): number[] {
  const rows = rowsOf(catalogue);
  const belonging = new PlainBelonging(
    rows.map(({ path, missing, links }) => ({
      path,
      missing: missing === 1,
      links: (JSON.parse(links) as { found: number | null }[]).map(
        (link) => ({ ...link, found: link.found === null ? null : link.found === 1 }) as unknown as PlainLink,
      ),
    })),
  );
  const isTwin = (row: StoredRow, other: StoredRow): boolean =>
    other.id !== row.id && other.missing === 0 && row.root !== null && other.root === row.root;
  const factsOf = (row: StoredRow, withParts = true): EntryFacts => {
    const parts = rows.filter(({ path }) => belonging.partsOf(row.path).includes(path));
    const sizes = [row, ...parts].flatMap((one) => (one.missing === 1 ? [] : one.allocated));
    return {
      ...row,
      folder: dirname(row.path),
      name: basename(row.path),
      allocated: sizes.length === 0 ? null : sizes.reduce((total, one) => total + one),
      added: Date.parse(row.added),
      origin: row.origin ?? 'found',
      source: row.origin === null ? null : basename(madeFrom),
      tags: JSON.parse(row.tags) as string[],
      missing: row.missing === 1,
      contents: row.root === null ? [] : [row.root],
      duplicate: row.missing === 0 && rows.some((other) => isTwin(row, other)),
      chain: belonging.chainOf(row.path),
      part: belonging.wholeOf(row.path) !== row.path,
      incomplete: belonging.isIncomplete(row.path),
      parts: withParts ? parts.map((part) => factsOf(part, false)) : [],
    };
  };
  const { query } = parseQuery(text);
  return rows
    .map((row) => [row.id, factsOf(row)] as const)
    .filter(([, facts]) => (!facts.part || asksForParts(query)) && answers(facts, query, now))
    .map(([id]) => id);
}

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
    fc.assert(
      fc.property(
        fc.array(someRow, { maxLength: 12 }),
        fc.array(someRow, { maxLength: 6 }),
        (before, after) => {
          const catalogue = library();
          const index = new LibraryIndex(catalogue, () => now);
          const all = (one: LibraryIndex): number[][] =>
            sortKeys.map((key) => one.ids(asked('', key), 0, 1000));
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

  it('sorts by kind, folder and tags, ties by name, and what has no tag last', () => {
    const catalogue = library();
    put(catalogue, { ...plain, path: '/r10/b', kind: 'package', tag: 2 });
    put(catalogue, { ...plain, path: '/r2/c', kind: 'disk', tag: 1 });
    put(catalogue, { ...plain, path: '/r2/a', kind: 'package' });
    put(catalogue, { ...plain, path: '/r2/d', kind: 'optical', tag: 1 });
    catalogue.run("INSERT INTO image_tags SELECT id, 2 FROM images WHERE path = '/r2/d'");
    const index = new LibraryIndex(catalogue);
    const listed = (key: SortKey, direction: 'ascending' | 'descending' = 'ascending'): string =>
      index
        .page({ text: '', scope: '', sort: { key, direction } }, 0, 50, null)
        .entries.map(({ name }) => name)
        .join('');
    expect(listed('kind')).toBe('cdab');
    expect(listed('kind', 'descending')).toBe('abdc');
    expect(listed('folder')).toBe('acdb');
    expect(listed('tags')).toBe('cdba');
    expect(listed('tags', 'descending')).toBe('bdca');
    catalogue.run("UPDATE tags SET name = 'z' WHERE id = 1");
    expect(listed('tags')).toBe('bdca');
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
