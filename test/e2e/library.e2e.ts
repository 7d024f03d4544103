// What can be done with an entry of the library: renaming, copying its path, forgetting it, and finding it again.
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, type HostApp } from './app.ts';
import { namesIn, provide, type Places } from './places.ts';
import type { Appliance } from '../fixtures/appliance.ts';
import { details, libraryRow, notices } from './views.ts';

/** Two images in the library. */
async function fill(app: HostApp, places: Places, appliance: Appliance): Promise<void> {
  const [first, second] = appliance.disks;
  await app.dropFiles(
    provide(first!.rawPath, places.output, 'first.img'),
    provide(second!.rawPath, places.output, 'second.img'),
  );
  await expect(libraryRow(app.page, 'first.img')).toBeVisible();
  await expect(libraryRow(app.page, 'second.img')).toBeVisible();
}

async function chooseAction(app: HostApp, name: string, action: string): Promise<void> {
  await libraryRow(app.page, name).click({ button: 'right' });
  await app.page.getByRole('menuitem', { name: action }).click();
}

test('an entry is renamed, its file with it, and never over another', async ({ app, places, appliance }) => {
  await fill(app, places, appliance);
  await chooseAction(app, 'first.img', 'Rename…');
  const dialog = app.page.getByRole('dialog', { name: 'Rename file' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('second.img');
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await expect(dialog).toContainText('is there already.');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('station.img');
  await app.page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(libraryRow(app.page, 'station.img')).toBeVisible();
  await expect(libraryRow(app.page, 'first.img')).toHaveCount(0);
  expect(namesIn(places.output)).toEqual(['second.img', 'station.img']);
  await app.restart();
  await expect(libraryRow(app.page, 'station.img')).toBeVisible();
});

test('the path is copied', async ({ app, places, appliance }) => {
  await fill(app, places, appliance);
  await libraryRow(app.page, 'second.img').click();
  await details(app.page, 'second.img').getByRole('button', { name: 'Copy path' }).click();
  await expect.poll(() => app.readClipboard()).toBe(join(places.output, 'second.img'));
});

test('removing from the library leaves the file', async ({ app, places, appliance }) => {
  await fill(app, places, appliance);
  await chooseAction(app, 'first.img', 'Remove from library');
  await expect(libraryRow(app.page, 'first.img')).toHaveCount(0);
  expect(namesIn(places.output)).toEqual(['first.img', 'second.img']);
  await app.restart();
  await expect(libraryRow(app.page, 'second.img')).toBeVisible();
  await expect(libraryRow(app.page, 'first.img')).toHaveCount(0);
});

test('moving to the trash takes the file away and forgets it', async ({ app, places, appliance }) => {
  await fill(app, places, appliance);
  await chooseAction(app, 'first.img', 'Move to trash…');
  const question = app.page.getByRole('alertdialog', { name: 'Move “first.img” to the trash?' });
  await question.getByRole('button', { name: 'Move to trash' }).click();
  await expect(libraryRow(app.page, 'first.img')).toHaveCount(0);
  expect(namesIn(places.output)).toEqual(['second.img']);
  // The FreeDesktop trash of this test's own home folder.
  expect(existsSync(join(places.home, '.local/share/Trash/files/first.img'))).toBe(true);
});

test('a file that has gone is shown as missing, and comes back', async ({ app, places, appliance }) => {
  await fill(app, places, appliance);
  const [here, there] = [join(places.output, 'first.img'), join(places.root, 'elsewhere.img')];
  renameSync(here, there);
  await app.restart();
  await expect(libraryRow(app.page, 'first.img')).toContainText('Not where it was');
  await libraryRow(app.page, 'first.img').click();
  await expect(details(app.page, 'first.img')).toContainText('The file is not where it was.');
  renameSync(there, here);
  await app.restart();
  await expect(libraryRow(app.page, 'second.img')).toBeVisible();
  await expect(libraryRow(app.page, 'first.img')).not.toContainText('Not where it was');
});

test('names are searched and columns sorted', async ({ app, places, appliance }) => {
  await fill(app, places, appliance);
  const rows = app.page.getByTestId('list-row');
  await app.page.getByRole('columnheader', { name: 'Virtual size' }).getByRole('button').click();
  await expect(rows.first()).toHaveAttribute('aria-label', 'first.img');
  await app.page.getByRole('columnheader', { name: 'Virtual size' }).getByRole('button').click();
  await expect(rows.first()).toHaveAttribute('aria-label', 'second.img');
  await app.page.getByRole('combobox', { name: 'Search the library' }).fill('sec');
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('second.img');
  await app.page.getByRole('combobox', { name: 'Search the library' }).fill('nothing like it');
  await expect(app.page.getByRole('heading', { name: 'Nothing matches' })).toBeVisible();
  await app.page.getByRole('button', { name: 'Show everything' }).click();
  await expect(rows).toHaveCount(2);
  await expect(notices(app.page)).not.toContainText('wrong');
});
