// Watched folders in the window: added, followed while files come and go, left; and a missing file that is located.
import { copyFileSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test, type HostApp } from './app.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import type { Appliance } from '../fixtures/appliance.ts';
import { namesIn } from './places.ts';
import { details, libraryRow, notices, showLibrary, showSettings } from './views.ts';

/** Long enough ago that nobody takes the file for one that is being written. */
const minuteAgo = (): number => Date.now() / 1000 - 60;
const patience = { timeout: 20_000 };

function put(appliance: Appliance, index: number, path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(appliance.disks[index]!.rawPath, path);
  utimesSync(path, minuteAgo(), minuteAgo());
  return path;
}

async function watchFolder(app: HostApp, folder: string): Promise<void> {
  await app.chooseFolder(app.page.getByRole('button', { name: 'Watch a folder…' }), folder);
}

test('a watched folder’s images come, move and go in the library as they do on disk', async ({
  app,
  places,
  appliance,
}) => {
  const images = join(places.home, 'Images');
  put(appliance, 0, join(images, 'first.img'));
  writeFileSync(join(images, 'notes.img'), 'not an image');
  await watchFolder(app, images);
  await expect(libraryRow(app.page, 'first.img')).toBeVisible(patience);
  put(appliance, 1, join(images, 'shelf/second.bin'));
  await expect(libraryRow(app.page, 'second.bin')).toBeVisible(patience);
  await expect(libraryRow(app.page, 'notes.img')).toHaveCount(0);

  await libraryRow(app.page, 'second.bin').click();
  renameSync(join(images, 'shelf/second.bin'), join(images, 'renamed.bin'));
  await expect(libraryRow(app.page, 'renamed.bin')).toHaveAttribute('aria-selected', 'true', patience);
  await expect(libraryRow(app.page, 'second.bin')).toHaveCount(0);
  rmSync(join(images, 'first.img'));
  await expect(libraryRow(app.page, 'first.img')).toContainText('Not where it was', patience);

  await showSettings(app.page);
  const folder = app.page.getByRole('listitem', { name: '~/Images' });
  await expect(folder).toContainText('2 images, 1 missing');
  await folder.getByRole('button', { name: 'Look through ~/Images now' }).click();
  await expect(notices(app.page)).toContainText('was looked through.', patience);
  await folder.getByRole('button', { name: 'Stop watching ~/Images' }).click();
  const question = app.page.getByRole('alertdialog', { name: 'Stop watching “~/Images”?' });
  await question.getByRole('button', { name: 'Keep its images' }).click();
  await expect(folder).toHaveCount(0);
  await showLibrary(app.page);
  await expect(app.page.getByTestId('list-row')).toHaveCount(2);
});

test('a watched folder is followed again after a restart, and can be left with its images', async ({
  app,
  places,
  appliance,
}) => {
  const images = join(places.home, 'Images');
  put(appliance, 0, join(images, 'first.img'));
  await watchFolder(app, images);
  await expect(libraryRow(app.page, 'first.img')).toBeVisible(patience);
  await app.restart();
  put(appliance, 1, join(images, 'second.img'));
  await expect(libraryRow(app.page, 'second.img')).toBeVisible(patience);
  await showSettings(app.page);
  await app.page.getByRole('button', { name: 'Stop watching ~/Images' }).click();
  await app.page.getByRole('alertdialog').getByRole('button', { name: 'Forget its images' }).click();
  await showLibrary(app.page);
  await expect(app.page.getByTestId('library-empty')).toBeVisible();
});

test('a folder of hundreds is scrolled end to end, by keyboard too', async ({ app, places }) => {
  const images = join(places.home, 'Images');
  const first = join(images, 'disk-000.qcow2');
  mkdirSync(images, { recursive: true });
  await runTool('qemu-img', ['create', '-q', '-f', 'qcow2', first, '8M']);
  for (let index = 1; index < 300; index++) {
    copyFileSync(first, join(images, `disk-${String(index).padStart(3, '0')}.qcow2`));
  }
  for (const name of namesIn(images)) utimesSync(join(images, name), minuteAgo(), minuteAgo());
  await watchFolder(app, images);
  await expect(app.page.getByTestId('library-summary')).toContainText('300 items', patience);
  await app.page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  const rows = app.page.getByTestId('list-row');
  await libraryRow(app.page, 'disk-000.qcow2').click();
  expect(await rows.count()).toBeLessThan(100);
  await app.page.keyboard.press('End');
  await expect(libraryRow(app.page, 'disk-299.qcow2')).toBeFocused();
  await expect(libraryRow(app.page, 'disk-299.qcow2')).toBeInViewport();
  await app.page.keyboard.press('PageUp');
  await app.page.keyboard.press('Home');
  await expect(libraryRow(app.page, 'disk-000.qcow2')).toBeFocused();
  await app.page.getByRole('grid').hover();
  await app.page.mouse.wheel(0, 150 * 52);
  await expect(libraryRow(app.page, 'disk-150.qcow2')).toBeInViewport();
  // The row that was left has the focus still: the next key goes on from there.
  await app.page.keyboard.press('ArrowDown');
  await expect(libraryRow(app.page, 'disk-001.qcow2')).toBeFocused();
});

test('a missing file is located, also by another name', async ({ app, places, appliance }) => {
  const path = put(appliance, 0, join(places.output, 'first.img'));
  await app.dropFiles(path);
  await expect(libraryRow(app.page, 'first.img')).toBeVisible();
  const moved = join(places.downloads, 'second.img');
  renameSync(path, moved);
  await app.restart();
  await libraryRow(app.page, 'first.img').click();
  const panel = details(app.page, 'first.img');
  await app.chooseFile(panel.getByRole('button', { name: 'Locate…' }), moved);
  await expect(notices(app.page)).toContainText('“second.img” is in its place again.');
  await expect(details(app.page, 'second.img')).toContainText(moved);
  await expect(libraryRow(app.page, 'second.img')).not.toContainText('Not where it was');
});
