import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { annotate } from '../../../electron/catalogue/annotations.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { exportLibrary } from '../../../electron/catalogue/export-library.ts';
import { addWatchedFolder } from '../../../electron/catalogue/folders.ts';
import { importLibrary } from '../../../electron/catalogue/import-library.ts';
import { recordMadeImage } from '../../../electron/catalogue/images.ts';
import { changeSettings, readSettings } from '../../../electron/catalogue/settings.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const addedAt = '2026-11-29T06:00:00.000Z';

function add(catalogue: Catalogue, path: string): number {
  const options = { compressed: true };
  return recordMadeImage(
    catalogue,
    {
      path,
      kind: 'disk',
      format: 'qcow2',
      variant: null,
      virtualSizeBytes: 2 ** 40,
      fileSizeBytes: 5,
      allocatedBytes: 4096,
      modifiedMilliseconds: 12.5,
      sha256: 'ab'.repeat(32),
      origin: { kind: 'converted', sourcePath: '/from/disk.vmdk', disk: null, format: 'qcow2', options },
    },
    addedAt,
  ).id;
}

function filled(): Catalogue {
  const catalogue = openCatalogue(':memory:');
  const id = add(catalogue, '/images/größe "1".qcow2');
  annotate(catalogue, [id], { note: 'line\nline', rating: 4, addTags: ['prod', 'web'] });
  add(catalogue, '/images/second.qcow2');
  addWatchedFolder(catalogue, '/images', addedAt);
  catalogue.run(`INSERT INTO saved_searches (name, query) VALUES ('Big', 'size:>20G')`);
  changeSettings(catalogue, { theme: 'dark' });
  return catalogue;
}

const exported = (catalogue: Catalogue): { text: string; path: string } => {
  const path = join(mkdtempSync(join(scratch, 'out-')), 'library.json');
  exportLibrary(catalogue, path, Date.parse(addedAt));
  return { path, text: readFileSync(path, 'utf8') };
};

it('what is exported and imported in place of all is exported alike', () => {
  const first = filled();
  const { path, text } = exported(first);
  const second = openCatalogue(':memory:');
  add(second, '/gone.qcow2');
  addWatchedFolder(second, '/images/deep', addedAt);
  expect(importLibrary(second, path, 'replace')).toMatchObject({
    images: 2,
    folders: 1,
    tags: 2,
    searches: 1,
  });
  expect(exported(second).text).toBe(text);
  expect(() => exportLibrary(first, path, 0)).toThrow('io.exists');
});

it('a merge keeps what a person said here, and adds what is missing', () => {
  const { path } = exported(filled());
  const catalogue = openCatalogue(':memory:');
  const id = add(catalogue, '/images/größe "1".qcow2');
  annotate(catalogue, [id], { note: 'mine', addTags: ['here'] });
  addWatchedFolder(catalogue, '/', addedAt);
  importLibrary(catalogue, path, 'merge');
  importLibrary(catalogue, path, 'merge');
  expect(catalogue.all('SELECT note, rating FROM images ORDER BY id')).toEqual([
    { note: 'mine', rating: 4 },
    { note: null, rating: null },
  ]);
  expect(
    catalogue.column(
      `SELECT name FROM tags JOIN image_tags ON tag_id = tags.id WHERE image_id = ${id} ORDER BY name`,
    ),
  ).toEqual(['here', 'prod', 'web']);
  expect(catalogue.column('SELECT path FROM watched_folders')).toEqual(['/']);
  expect(readSettings(catalogue).theme).toBe('system');
});

it('changes nothing where the file is wrong in one place', () => {
  const { path, text } = exported(filled());
  const catalogue = filled();
  const before = exported(catalogue).text;
  const wrong = [
    text.replace('"/images/second.qcow2"', '"second.qcow2"'),
    text.replace('"rating":4', '"rating":9'),
    text.replace('"version": 1', '"version": 2'),
    text.replace('"catalogue"', '"something"'),
    text.slice(0, -20),
    '[]',
    'null',
  ];
  for (const one of wrong) {
    expect(one).not.toBe(text);
    writeFileSync(path, one);
    expect(() => importLibrary(catalogue, path, 'replace')).toThrow('input.invalid');
  }
  expect(exported(catalogue).text).toBe(before);
});
