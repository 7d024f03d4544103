// What belongs together: one entry in the list, its parts in the details, and no file that goes without being named.
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';

import { expect, test } from './app.ts';
import { complaintsOf } from './axe.ts';
import { makeMachine, makeOverlay, makeQcow2 } from './images.ts';
import { namesIn } from './places.ts';
import { details, libraryRow } from './views.ts';

test('a machine is one entry with its disks, and goes to the trash with them', async ({ app, places }) => {
  const { page } = app;
  const folder = join(places.output, 'lighthouse');
  const machine = await makeMachine(folder, 'lighthouse');
  await app.dropFiles(machine, join(folder, 'lighthouse.vmdk'));
  const row = libraryRow(page, 'lighthouse.vmx');
  await expect(row).toContainText('2 parts');
  await expect(row).toContainText('1 part missing');
  // The disk has an entry, which is not listed by itself.
  await expect(page.getByTestId('list-row')).toHaveCount(1);
  await row.click();
  const parts = page.getByTestId('parts').getByRole('listitem');
  await expect(parts).toHaveCount(3);
  await expect(parts.nth(0)).toContainText('lighthouse.vmdk');
  await expect(parts.nth(1)).toContainText('lighthouse-flat.vmdk');
  await expect(parts.nth(2)).toContainText('lighthouse-data.vmdk');
  await expect(parts.nth(2)).toContainText('Missing');
  expect(await complaintsOf(page)).toEqual([]);

  await page.keyboard.press('Delete');
  const question = page.getByRole('alertdialog');
  await expect(question).toContainText('2 files belong to it');
  await expect(question.getByRole('listitem')).toHaveCount(2);
  expect(await complaintsOf(page)).toEqual([]);
  await question.getByRole('button', { name: 'Move all to trash' }).click();
  await expect(page.getByTestId('list-row')).toHaveCount(0);
  expect(namesIn(folder)).toEqual([]);
  const trash = join(places.home, '.local/share/Trash/files');
  for (const name of ['lighthouse.vmx', 'lighthouse.vmdk', 'lighthouse-flat.vmdk']) {
    expect(existsSync(join(trash, name))).toBe(true);
  }
});

test('a base of two overlays is listed, says what stands on it, and is not renamed unwarned', async ({
  app,
  places,
  appliance,
}) => {
  const { page } = app;
  mkdirSync(places.output, { recursive: true });
  const base = await makeQcow2(appliance.disks[0]!.rawPath, places.output, 'base.qcow2');
  await app.dropFiles(base, await makeOverlay(base, 'one.qcow2'));
  await expect(libraryRow(page, 'one.qcow2')).toContainText('1 part');
  await expect(libraryRow(page, 'base.qcow2')).toHaveCount(0);
  await app.dropFiles(await makeOverlay(base, 'two.qcow2'));
  await libraryRow(page, basename(base)).click();
  await expect(page.getByTestId('belongs').getByRole('listitem')).toHaveCount(2);
  await page.keyboard.press('F2');
  await expect(page.getByRole('dialog', { name: 'Rename file' })).toContainText('2 files refer to this file');
  await page.keyboard.press('Escape');
  await page.getByTestId('belongs').getByRole('button', { name: 'two.qcow2' }).click();
  await expect(details(page, 'two.qcow2').getByTestId('parts')).toContainText('Shared');
});
