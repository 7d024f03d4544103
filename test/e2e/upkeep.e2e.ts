// The library file: backed up and restored from the settings, exported and imported, and recovered after damage.
import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from './app.ts';
import { makeQcow2 } from './images.ts';
import { libraryRow, showLibrary, showSettings } from './views.ts';

const backUpNow = 'Back up now';

test('a damaged library is recovered from its backup and the folders, and the person is told', async ({
  app,
  places,
  appliance,
}) => {
  await app.dropFiles(await makeQcow2(appliance.disks[0]!.rawPath, places.downloads, 'mooring.qcow2'));
  await showLibrary(app.page);
  await expect(libraryRow(app.page, 'mooring.qcow2')).toBeVisible();
  await showSettings(app.page);
  const file = app.page.getByTestId('library-file');
  await file.getByRole('button', { name: 'Check now' }).click();
  await expect(file.getByTestId('integrity-state')).toContainText('Sound');
  await file.getByRole('button', { name: backUpNow }).click();
  await expect(file).toContainText('1 backup');
  await app.quit();

  const library = join(places.library, 'library.sqlite');
  const damaged = openSync(library, 'r+');
  writeSync(damaged, Buffer.alloc(200_000, 0xa5), 0, undefined, 4096);
  closeSync(damaged);
  await app.start();
  const rescue = app.page.getByTestId('library-rescue');
  await expect(rescue).toContainText('The library file was damaged.');
  await showLibrary(app.page);
  await expect(libraryRow(app.page, 'mooring.qcow2')).toBeVisible();
  expect(readdirSync(places.library).filter((name) => name.includes('.damaged-'))).not.toEqual([]);
  await rescue.getByRole('button', { name: 'Understood' }).click();
  await expect(rescue).toBeHidden();
});

test('a backup is restored under the open window, after a question', async ({ app, places, appliance }) => {
  await app.dropFiles(await makeQcow2(appliance.disks[0]!.rawPath, places.downloads, 'first.qcow2'));
  await showLibrary(app.page);
  await expect(libraryRow(app.page, 'first.qcow2')).toBeVisible();
  await showSettings(app.page);
  const file = app.page.getByTestId('library-file');
  await file.getByRole('button', { name: backUpNow }).click();
  await expect(file).toContainText('1 backup');
  await app.dropFiles(await makeQcow2(appliance.disks[0]!.rawPath, places.downloads, 'second.qcow2'));
  await showLibrary(app.page);
  await expect(libraryRow(app.page, 'second.qcow2')).toBeVisible();

  await showSettings(app.page);
  await file.getByText('1 backup').click();
  await file.getByRole('button', { name: /^Restore the backup of/ }).click();
  await app.page.getByRole('alertdialog').getByRole('button', { name: 'Restore' }).click();
  await expect(app.page.getByTestId('library-rescue')).toContainText('The library was restored.');
  await showLibrary(app.page);
  await expect(libraryRow(app.page, 'first.qcow2')).toBeVisible();
  await expect(libraryRow(app.page, 'second.qcow2')).toHaveCount(0);
});

test('the library moves to another folder with the next start, and the old file is kept', async ({
  app,
  places,
  appliance,
}) => {
  await app.dropFiles(await makeQcow2(appliance.disks[0]!.rawPath, places.downloads, 'mooring.qcow2'));
  await showLibrary(app.page);
  await expect(libraryRow(app.page, 'mooring.qcow2')).toBeVisible();
  const folder = join(places.home, 'Shelf');
  mkdirSync(folder);
  await showSettings(app.page);
  const file = app.page.getByTestId('library-file');
  await app.chooseFolder(file.getByRole('button', { name: 'Move…' }), folder);
  await expect(file.getByTestId('library-move')).toContainText('~/Shelf');
  await app.restart();
  await expect(app.page.getByTestId('library-rescue')).toContainText('The library has moved.');
  await showLibrary(app.page);
  await expect(libraryRow(app.page, 'mooring.qcow2')).toBeVisible();
  expect(readdirSync(folder)).toContain('library.sqlite');
  const left = readdirSync(places.library).filter((name) => name.startsWith('library.sqlite'));
  expect(left).toEqual([expect.stringMatching(/^library\.sqlite\.moved-/)]);
  await showSettings(app.page);
  await expect(app.page.getByTestId('library-file')).toContainText('~/Shelf/library.sqlite');
});
