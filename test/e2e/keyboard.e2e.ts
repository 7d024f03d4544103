// The main job without a mouse: opening, reading, extracting, and finding the disk again, by keys alone.
import { join } from 'node:path';

import { applianceFacts } from '../fixtures/appliance.ts';
import { expect, type HostApp } from './app.ts';
import type { ElectronHost } from './electron-host.ts';
import { expectIdentical } from './judges.ts';
import { test } from './keyboard-app.ts';
import { tabTo } from './keys.ts';
import { provide } from './places.ts';
import { details, extraction, heading, libraryRow, startButton } from './views.ts';

/** Opens a file by keys: the shortcut, and what the host then asks. */
async function openByKeys(app: HostApp, path: string): Promise<void> {
  const { page } = app;
  if (app.host === 'electron') {
    await (app as ElectronHost).answerOpenDialog(path);
    await page.keyboard.press('Control+o');
    return;
  }
  await page.keyboard.press('Control+o');
  const picker = page.getByRole('dialog', { name: 'Open images' });
  await expect(picker.getByRole('listbox')).toBeVisible();
  await page.keyboard.press('Control+l');
  await page.keyboard.type(path);
  await page.keyboard.press('Enter');
  const option = picker.getByRole('option', { selected: true });
  await expect(option).toBeVisible();
  await tabTo(page, option);
  await page.keyboard.press('Enter');
}

test('everything from opening to the library goes by keys alone', async ({ app, places, appliance }) => {
  const { page } = app;
  const path = provide(appliance.path, places.downloads);
  await openByKeys(app, path);
  await expect(heading(page, applianceFacts.product)).toBeFocused();

  await tabTo(page, page.getByRole('button', { name: 'Extract…' }));
  await page.keyboard.press('Enter');
  const sheet = page.getByRole('dialog', { name: 'Extract disks' });
  await expect(sheet).toBeVisible();
  await tabTo(page, sheet.getByRole('checkbox', { name: 'harbour-disk2.vmdk' }));
  await page.keyboard.press('Space');
  await tabTo(page, sheet.getByRole('combobox', { name: /^Format / }).first(), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('listbox', { name: 'Format' })).toBeVisible();
  await page.keyboard.type('raw');
  await page.keyboard.press('Enter');
  await expect(sheet.getByRole('combobox', { name: /^Format Raw/ })).toBeFocused();
  await expect(startButton(sheet)).toBeEnabled();
  await tabTo(page, startButton(sheet));
  await page.keyboard.press('Enter');

  await expect(extraction(page)).toContainText('“harbour-disk1.raw” is ready.', { timeout: 60_000 });
  await tabTo(page, extraction(page).getByRole('button', { name: 'Show in library' }));
  await page.keyboard.press('Enter');
  const row = libraryRow(page, 'harbour-disk1.raw');
  await expect(row).toHaveAttribute('aria-selected', 'true');
  await tabTo(page, row);
  await page.keyboard.press('F2');
  const dialog = page.getByRole('dialog', { name: 'Rename file' });
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await page.keyboard.type('station');
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(libraryRow(page, 'station.raw')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(heading(page, 'station.raw')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(details(page, 'station.raw')).toBeVisible();
  await expectIdentical(appliance.disks[0]!.rawPath, join(places.downloads, 'station.raw'), 'raw');
});

test('Escape closes what floats above the page, and the focus goes back', async ({
  app,
  places,
  appliance,
}) => {
  const { page } = app;
  await openByKeys(app, provide(appliance.path, places.downloads));
  const extract = page.getByRole('button', { name: 'Extract…' });
  await tabTo(page, extract);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  // The focus stays within the sheet however often Tab is pressed.
  for (let press = 0; press < 25; press++) await page.keyboard.press('Tab');
  expect(await page.getByRole('dialog').evaluate((dialog) => dialog.contains(document.activeElement))).toBe(
    true,
  );
  // A tooltip is open when Escape is pressed: it is the dialog that Escape means.
  await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Close' }));
  await expect(page.locator('.tip')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(extract).toBeFocused();
});
