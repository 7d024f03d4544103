// The language: chosen in the settings, there again after a restart, with every main view in it and nothing for axe to find.
import { expect, test } from './app.ts';
import { complaintsOf } from './axe.ts';
import { makeQcow2 } from './images.ts';
import { heading, libraryRow, showSettings } from './views.ts';

const views = ['Bibliothek', 'Clouds', 'Jobs', 'Einstellungen'];

test('the window speaks German, and English again', async ({ app, places, appliance }) => {
  test.slow();
  await app.dropFiles(await makeQcow2(appliance.disks[0]!.rawPath, places.downloads, 'mooring.qcow2'));
  await expect(libraryRow(app.page, 'mooring.qcow2')).toBeVisible();
  await showSettings(app.page);
  await app.page.getByRole('combobox', { name: /^Language/ }).click();
  await app.page.getByRole('option', { name: 'Deutsch' }).click();
  // The test runtime's old Electron does not survive a page that loads again; the browser shows that it does so by itself.
  if (app.host === 'electron') await app.restart();
  else await expect(heading(app.page, 'Einstellungen')).toBeVisible();

  const sidebar = app.page.getByRole('navigation', { name: 'Hauptmenü' });
  for (const view of views) {
    await sidebar.getByRole('button', { name: new RegExp(`^${view}`) }).click();
    await expect(heading(app.page, view)).toBeVisible();
    expect(await complaintsOf(app.page)).toEqual([]);
  }
  expect(await app.page.evaluate(() => document.documentElement.lang)).toBe('de');

  await app.page.getByRole('combobox', { name: /^Sprache/ }).click();
  await app.page.getByRole('option', { name: 'English' }).click();
  if (app.host === 'electron') await app.restart();
  else await expect(heading(app.page, 'Settings')).toBeVisible();
  await showSettings(app.page);
  expect(await app.page.evaluate(() => document.documentElement.lang)).toBe('en');
});
