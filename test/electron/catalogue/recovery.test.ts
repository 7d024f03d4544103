import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { backUp, listBackups } from '../../../electron/catalogue/backups.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { addWatchedFolder, listWatchedFolders } from '../../../electron/catalogue/folders.ts';
import { listImages, rememberImage } from '../../../electron/catalogue/images.ts';
import { problemsIn } from '../../../electron/catalogue/integrity.ts';
import { LibraryIndex } from '../../../electron/catalogue/library-index.ts';
import { libraryLocation } from '../../../electron/catalogue/location.ts';
import { markDamaged, openOrRecover, readRescue } from '../../../electron/catalogue/recovery.ts';
import { restoreBackup } from '../../../electron/catalogue/restore.ts';
import { takeProcessLock } from '../../../electron/catalogue/process-lock.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const now = Date.UTC(2026, 10, 29, 6);
const home = () => libraryLocation(mkdtempSync(join(scratch, 'home-')));

function add(catalogue: Catalogue, ...names: readonly string[]): void {
  for (const name of names) {
    const image = { path: `/images/${name}`, kind: 'disk', format: 'qcow2', variant: null } as const;
    const sizes = { virtualSizeBytes: 1, fileSizeBytes: 1, allocatedBytes: 1, modifiedMilliseconds: 1 };
    rememberImage(catalogue, { ...image, ...sizes }, new Date(now).toISOString());
  }
}

const names = (catalogue: Catalogue): string[] =>
  listImages(catalogue)
    .map(({ name }) => name)
    .sort();

/** Writes over a part of the file, as a bad disk does. */
function damage(path: string, from: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(statSync(path).size - from, 0xa5), 0, undefined, from);
  closeSync(file);
}

it('puts a damaged library aside and goes on from the newest sound backup', () => {
  const location = home();
  const catalogue = openOrRecover(location);
  add(catalogue, 'old.qcow2');
  backUp(location.databasePath, location.backupsFolder, now);
  add(catalogue, 'new.qcow2');
  backUp(location.databasePath, location.backupsFolder, now + 1000, 'before-change');
  catalogue.close();
  damage(join(location.backupsFolder, listBackups(location.backupsFolder)[0]!.name), 4096);
  damage(location.databasePath, 4096);
  const content = readFileSync(location.databasePath);

  const recovered = openOrRecover(location, { clock: () => now + 5000 });
  expect(names(recovered)).toEqual(['old.qcow2']);
  const rescue = readRescue(recovered)!;
  expect(rescue).toMatchObject({ kind: 'recovered', from: new Date(now).toISOString() });
  expect(readFileSync(rescue.keptAt)).toEqual(content);
  expect(problemsIn(location.databasePath)).toEqual([]);
  recovered.close();
});

it('begins anew without a backup, with the watched folders that can still be read', () => {
  const location = home();
  const catalogue = openOrRecover(location);
  addWatchedFolder(catalogue, '/images', new Date(now).toISOString());
  add(catalogue, ...Array.from({ length: 200 }, (_, index) => `${index}.qcow2`));
  catalogue.close();
  damage(location.databasePath, statSync(location.databasePath).size - 3 * 4096);
  const recovered = openOrRecover(location);
  expect(readRescue(recovered)).toMatchObject({ kind: 'recovered', from: null });
  expect(listWatchedFolders(recovered).map(({ path }) => path)).toEqual(['/images']);
  recovered.close();
});

it('recovers what a check found at the next start, but not under another Platter', () => {
  const location = home();
  const catalogue = openOrRecover(location);
  add(catalogue, 'a.qcow2');
  backUp(location.databasePath, location.backupsFolder, now);
  catalogue.close();
  // A sound library that was marked by mistake stays.
  markDamaged(location.databasePath, ['page 3: never used']);
  openOrRecover(location).close();
  expect(readdirSync(location.folder).filter((name) => name.includes('damaged'))).toEqual([]);

  damage(location.databasePath, 8192);
  const other = takeProcessLock(location.locksFolder);
  expect(() => openOrRecover(location)).toThrow('another Platter');
  expect(existsSync(location.databasePath)).toBe(true);
  other.release();
  const recovered = openOrRecover(location);
  expect(names(recovered)).toEqual(['a.qcow2']);
  recovered.close();
});

it('restores a backup under open connections, whose index of entries follows', async () => {
  const location = home();
  const catalogue = openOrRecover(location);
  add(catalogue, 'kept.qcow2', 'both.qcow2');
  const index = new LibraryIndex(catalogue);
  const query = { text: '', scope: '', sort: { key: 'name', direction: 'ascending' } } as const;
  const found = (text: string): string[] =>
    index.page({ ...query, text }, 0, 10, null).entries.map(({ name }) => name);
  expect(found('kept')).toEqual(['kept.qcow2']);
  const { name } = backUp(location.databasePath, location.backupsFolder, now);
  catalogue.run(`DELETE FROM images WHERE path = '/images/kept.qcow2'`);
  add(catalogue, 'later.qcow2');
  catalogue.run(`INSERT INTO partial_files (path) VALUES ('/images/.later.platter-partial')`);
  expect(found('')).toEqual(['both.qcow2', 'later.qcow2']);
  const other = openCatalogue(location.databasePath);
  const lastId = Math.max(...listImages(catalogue).map(({ id }) => id));

  const backup = join(location.backupsFolder, name);
  const keptAt = await restoreBackup(location.databasePath, backup, location.backupsFolder, now + 1000);
  expect(names(catalogue)).toEqual(['both.qcow2', 'kept.qcow2']);
  expect(names(other)).toEqual(['both.qcow2', 'kept.qcow2']);
  expect(found('')).toEqual(['both.qcow2', 'kept.qcow2']);
  expect(found('kept')).toEqual(['kept.qcow2']);
  expect(found('later')).toEqual([]);
  expect(catalogue.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
  expect(catalogue.column('SELECT path FROM partial_files')).toEqual(['/images/.later.platter-partial']);
  add(catalogue, 'next.qcow2');
  expect(Math.max(...listImages(other).map(({ id }) => id))).toBeGreaterThan(lastId);
  expect(found('next')).toEqual(['next.qcow2']);
  other.close();
  catalogue.close();

  const before = openCatalogue(keptAt);
  expect(names(before)).toEqual(['both.qcow2', 'later.qcow2']);
  before.close();
  expect(readdirSync(location.backupsFolder).filter((one) => one.startsWith('.'))).toEqual([]);
});

it('restores nothing from a damaged backup', async () => {
  const location = home();
  const catalogue = openOrRecover(location);
  add(catalogue, 'a.qcow2');
  const { name } = backUp(location.databasePath, location.backupsFolder, now);
  const backup = join(location.backupsFolder, name);
  damage(backup, 4096);
  await expect(
    restoreBackup(location.databasePath, backup, location.backupsFolder, now),
  ).rejects.toMatchObject({ code: 'catalogue.damaged' });
  expect(names(catalogue)).toEqual(['a.qcow2']);
  catalogue.close();
});
