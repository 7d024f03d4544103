// The settings: the theme at once and after a restart, and the defaults that the next extraction starts from.
import type { Page } from '@playwright/test';

import { expect, test } from './app.ts';
import { makeQcow2 } from './images.ts';
import { provide } from './places.ts';
import { choose, libraryRow, openExtractSheet, showLibrary, showSettings } from './views.ts';

const theme = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);

/** The radio buttons themselves are drawn over by their labels. */
const pressTheme = (page: Page, name: string) =>
  page.getByRole('radiogroup', { name: 'Theme' }).getByText(name, { exact: true }).click();

test('the theme follows the choice and outlives a restart', async ({ app }) => {
  await showSettings(app.page);
  await pressTheme(app.page, 'Dark');
  await expect.poll(() => theme(app.page)).toBe('dark');
  await app.restart();
  await expect.poll(() => theme(app.page)).toBe('dark');
  await showSettings(app.page);
  await expect(app.page.getByRole('radio', { name: 'Dark' })).toBeChecked();
  await pressTheme(app.page, 'Light');
  await expect.poll(() => theme(app.page)).toBe('light');
});

test('extractions start from the defaults in the settings', async ({ app, places, appliance }) => {
  await showSettings(app.page);
  await app.chooseFolder(app.page.getByRole('button', { name: 'Choose the output folder' }), places.output);
  await choose(app.page.getByRole('main'), 'Format of new disks', 'Raw');
  await app.page.getByRole('checkbox', { name: /^Verify what was written/ }).click();
  await app.restart();
  await app.dropFiles(provide(appliance.path, places.downloads));
  const sheet = await openExtractSheet(app.page);
  await expect(sheet.getByTestId('output-folder')).toHaveText('~/Images');
  await expect(sheet.getByRole('combobox', { name: /^Format Raw/ })).toHaveCount(2);
  await expect(sheet.getByRole('checkbox', { name: /^Verify what was written/ })).not.toBeChecked();
});

test('a compact list has lower rows', async ({ app, places, appliance }) => {
  await app.dropFiles(await makeQcow2(appliance.disks[0]!.rawPath, places.downloads, 'mooring.qcow2'));
  const height = async (): Promise<number> => {
    await showLibrary(app.page);
    return (await libraryRow(app.page, 'mooring.qcow2').boundingBox())!.height;
  };
  const comfortable = await height();
  await showSettings(app.page);
  await app.page.getByRole('radiogroup', { name: 'Density' }).getByText('Compact').click();
  await expect.poll(height).toBeLessThan(comfortable);
});
