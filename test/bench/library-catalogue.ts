/** Measures what the catalogue answers of a very large library: lists, keys of the search box, counts, orders, areas, duplicates. */
import { statSync } from 'node:fs';

import { openCatalogue } from '../../electron/catalogue/database.ts';
import { listDuplicates } from '../../electron/catalogue/duplicates.ts';
import { LibraryIndex } from '../../electron/catalogue/library-index.ts';
import { sortKeys, spaceGroupings, type LibraryQuery } from '../../shared/domain/library.ts';
import { madePath } from './made-library.ts';
import { goals, say, sizeRow, took, tookRows, type Took } from './library-report.ts';

const [database, entries, root] = process.argv.slice(2);
const count = Number(entries);
const pageRows = 100;
const usualScopes = ['', 'kind:disk', 'kind:package', '-kind:disk -kind:package', 'is:missing'];
/** What people type, letter by letter: words, words that nothing holds, filters, and both. */
const typed = {
  'words, from the first letter on': [
    'debian-12-web',
    'ubuntu server',
    'storage',
    'osaka',
    'made for lima',
    'rack-3',
  ],
  'mistyped words': ['debain', 'ubunut', 'monitorign', 'windws', 'storgae'],
  'filters of the query language': [
    'format:qcow2 size:>20G',
    'os:debian tag:production',
    'chain:complete web',
    'is:duplicate mail',
    'added:<7d -format:raw',
    'path:rack-3',
    'note:ticket',
  ],
};

const asked = (
  text: string,
  sort: LibraryQuery['sort'] = { key: 'added', direction: 'descending' },
): LibraryQuery => ({
  text,
  scope: '',
  sort,
});

const catalogue = openCatalogue(database!);
const index = new LibraryIndex(catalogue);
sizeRow('Database', statSync(database!).size, goals.databaseBytes);
tookRows('All entries read into memory', [took(() => index.refresh())]);
tookRows('First page of the list', [took(() => index.page(asked(''), 0, pageRows, null))]);
tookRows('First counts beside it', [took(() => index.counts('', '', usualScopes))]);
const keys: Took[] = [];
for (const [what, texts] of Object.entries(typed)) {
  const times = texts.flatMap((text) =>
    Array.from(text, (_, at) => took(() => index.page(asked(text.slice(0, at + 1)), 0, pageRows, null))),
  );
  tookRows(`Keys in the search box, ${what}: p99 of ${times.length}`, times, 0.99);
  keys.push(...times);
}
tookRows(`Keys in the search box: median of ${keys.length}`, keys, 0.5);
tookRows('Keys in the search box: p99', keys, 0.99, goals.keyMilliseconds);
const counted = ['web', 'format:qcow2', 'tag:production os:debian', 'size:>20G', 'is:duplicate'];
tookRows(
  'Counts of all filters after a key: the longest of 5',
  counted.map((text) => took(() => index.counts(text, '', usualScopes))),
);
for (const key of sortKeys) {
  const sort = { key, direction: 'ascending' } as const;
  const pageAt = (share: number): Took =>
    took(() => index.page(asked('', sort), Math.floor(count * share), pageRows, null));
  tookRows(`Sorted by ${key} for the first time`, [pageAt(0)]);
  tookRows('A page anywhere in that order: the longest of 3', [0.1, 0.5, 0.9].map(pageAt));
}
for (const by of spaceGroupings) {
  tookRows(`Space view by ${by}`, [
    took(() => index.space({ text: '', scope: '', by, within: null, skip: 0 })),
  ]);
}
const { groupCount } = listDuplicates(catalogue);
tookRows(`Page of duplicates, ${groupCount} groups`, [took(() => listDuplicates(catalogue))]);
const batch = Array.from({ length: 128 }, (_, at) => madePath(root!, at * 7));
catalogue.transaction(() => {
  for (const path of batch) catalogue.run('UPDATE images SET rating = 3 WHERE path = @path', { path });
});
tookRows('First page after 128 entries changed', [took(() => index.page(asked(''), 0, pageRows, null))]);
catalogue.close();
say();
