import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { backUp, copyLibrary, listBackups } from '../../../electron/catalogue/backups.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { problemsIn } from '../../../electron/catalogue/integrity.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const day = 24 * 60 * 60_000;
const start = Date.UTC(2026, 10, 1, 12);

it('backs a library up that somebody writes, and keeps one a day of the last seven', () => {
  const home = mkdtempSync(join(scratch, 'home-'));
  const library = join(home, 'library.sqlite');
  const folder = join(home, 'backups');
  const catalogue = openCatalogue(library);
  catalogue.run(`INSERT INTO settings (name, value) VALUES ('day', '0')`);
  for (let index = 0; index < 9; index++) {
    catalogue.run(`UPDATE settings SET value = @value WHERE name = 'day'`, { value: String(index) });
    backUp(library, folder, start + index * day);
  }
  backUp(library, folder, start + 8 * day + 5000);
  backUp(library, folder, start, 'before-change');
  writeFileSync(join(folder, 'notes.txt'), 'not ours');
  const backups = listBackups(folder);
  expect(backups.map(({ kind, takenAt }) => `${kind} ${takenAt.slice(8, 19)}`)).toEqual([
    'regular 09T12:00:05',
    'regular 08T12:00:00',
    'regular 07T12:00:00',
    'regular 06T12:00:00',
    'regular 05T12:00:00',
    'regular 04T12:00:00',
    'regular 03T12:00:00',
    'before-change 01T12:00:00',
  ]);
  expect(readdirSync(folder)).toHaveLength(9);
  const copy = openCatalogue(join(folder, backups[2]!.name));
  expect(copy.get(`SELECT value FROM settings WHERE name = 'day'`)).toEqual({ value: '6' });
  copy.close();
  catalogue.close();
});

it('never names a copy of a damaged library, and writes over nothing', () => {
  const home = mkdtempSync(join(scratch, 'home-'));
  const library = join(home, 'library.sqlite');
  openCatalogue(library).close();
  const target = join(home, 'copy.sqlite');
  copyLibrary(library, target);
  expect(problemsIn(target)).toEqual([]);
  expect(() => copyLibrary(library, target)).toThrow('io.exists');
  writeFileSync(library, Buffer.alloc(50_000, 7));
  expect(problemsIn(library)).toEqual(['file is not a database']);
  expect(() => backUp(library, join(home, 'backups'), start)).toThrow('catalogue.damaged');
  expect(readdirSync(join(home, 'backups'))).toEqual([]);
  expect(() => problemsIn(join(home, 'none.sqlite'))).toThrow('io.denied');
  expect(existsSync(join(home, 'none.sqlite'))).toBe(false);
});
