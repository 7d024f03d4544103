// The same disk in two formats: found by its content, one of them kept, the other in the trash; lineage and shared blocks.
import { copyFileSync, existsSync, mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import type { Locator, Page } from '@playwright/test';

import { expect, test } from './app.ts';
import { complaintsOf, contrastComplaintsOf } from './axe.ts';
import { makeOverlay, makeQcow2 } from './images.ts';
import { details, libraryRow, navigation, notices, showSettings } from './views.ts';

/** For who wants to see what the test sees: PLATTER_PICTURES=FOLDER. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['PLATTER_PICTURES'];
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}

const patience = { timeout: 60_000 };

test('the same disk in two formats is found by its content, and one of them can go', async ({
  app,
  places,
  appliance,
}) => {
  test.slow();
  const folder = join(places.home, 'Images');
  mkdirSync(folder, { recursive: true });
  const raw = join(folder, 'copy.img');
  copyFileSync(appliance.disks[0]!.rawPath, raw);
  const base = await makeQcow2(raw, folder, 'base.qcow2');
  const overlay = await makeOverlay(base, 'machine.qcow2');
  copyFileSync(base, join(folder, 'third.qcow2'));
  const longAgo = Date.now() / 1000 - 3600;
  for (const path of [raw, base, overlay, join(folder, 'third.qcow2')]) utimesSync(path, longAgo, longAgo);
  await app.dropFiles(raw, base, overlay, join(folder, 'third.qcow2'));
  const { page } = app;
  await expect(libraryRow(page, 'machine.qcow2')).toBeVisible(patience);

  await navigation(page).getByRole('button', { name: 'Duplicates' }).click();
  const line = page.getByTestId('content-progress');
  await expect(line).toContainText('is known');
  const readNow = page.getByTestId('read-now');
  if (await readNow.isVisible()) await readNow.click();
  const group = page.getByTestId('duplicates');
  await expect(line).toContainText('The content of all 4 disks is known.', patience);
  await expect(page.getByTestId('gain')).toContainText('1 disk more than once');
  await expect(group.getByRole('listitem')).toHaveCount(3);
  await expect(group.getByRole('listitem').filter({ hasText: 'base.qcow2' })).toContainText('Kept');
  expect(await complaintsOf(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await contrastComplaintsOf(page)).toEqual([]);
  await picture(page, 'duplicates-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await picture(page, 'duplicates-light');

  // Whatever is kept, what a machine stands on stays. By keyboard: the radio buttons of the group.
  await group.getByRole('radio', { name: /copy\.img/ }).focus();
  await page.keyboard.press('Space');
  await expect(group.getByRole('listitem').filter({ hasText: 'base.qcow2' })).toContainText(
    'machine.qcow2 stands on it',
  );
  await group.getByRole('button', { name: /to the trash/ }).click();
  const question = page.getByRole('alertdialog', { name: 'Move 1 copy to the trash?' });
  await expect(question).toContainText('“copy.img” is kept. “third.qcow2” goes');
  await question.getByRole('button', { name: 'Move to trash' }).click();
  await expect(notices(page)).toContainText('1 copy moved to the trash.', patience);
  expect([existsSync(raw), existsSync(base), existsSync(join(folder, 'third.qcow2'))]).toEqual([
    true,
    true,
    false,
  ]);
  await expect(group.getByRole('listitem')).toHaveCount(2);

  await group.getByRole('button', { name: /Show .*base\.qcow2 in the library/ }).click();
  const panel = details(page, 'base.qcow2');
  await panel.getByRole('tab', { name: 'Related' }).click();
  const relations = page.getByTestId('relations');
  await expect(relations).toContainText('100 % of its blocks are also in copy.img', patience);
  await expect(relations).toContainText('% of its blocks are also in machine.qcow2');
  expect(await complaintsOf(page)).toEqual([]);
  await picture(page, 'related-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await contrastComplaintsOf(page)).toEqual([]);
  await picture(page, 'related-dark');
  await relations.getByRole('button', { name: 'copy.img' }).first().click();
  await expect(details(page, 'copy.img')).toBeVisible();
});

test('when contents are read is a setting that lasts', async ({ app }) => {
  const section = (): Locator => app.page.getByTestId('contents');
  await showSettings(app.page);
  await expect(section()).toContainText('There are no disks in the library yet.');
  await section().getByText('When I ask', { exact: true }).click();
  await expect(section().getByRole('checkbox')).toBeDisabled();
  expect(await complaintsOf(app.page)).toEqual([]);
  await app.page.emulateMedia({ colorScheme: 'dark' });
  expect(await contrastComplaintsOf(app.page)).toEqual([]);
  await picture(app.page, 'settings-dark');
  await app.restart();
  await showSettings(app.page);
  await expect(section().getByRole('radio', { name: 'When I ask' })).toBeChecked();
  await section().getByText('Always', { exact: true }).click();
  await expect(section().getByRole('checkbox')).toBeEnabled();
  await section().getByTestId('content-progress').scrollIntoViewIfNeeded();
  await picture(app.page, 'settings-light');
});
