// Finding things in the library: the search box completes, explains and corrects; filters and the query's text are one.
import type { Locator, Page } from '@playwright/test';

import { complaintsOf } from './axe.ts';
import { expect, test, type HostApp } from './app.ts';
import { provide, type Places } from './places.ts';
import type { Appliance } from '../fixtures/appliance.ts';
import { libraryRow, notices } from './views.ts';

const box = (page: Page): Locator => page.getByRole('combobox', { name: 'Search the library' });
const rows = (page: Page): Locator => page.getByTestId('list-row');
const filters = (page: Page): Locator => page.getByRole('complementary', { name: 'Filters' });
const words = (page: Page): Locator => page.getByTestId('search-words');

/** Two raw disks and a package. */
async function fill(app: HostApp, places: Places, appliance: Appliance): Promise<void> {
  const [first, second] = appliance.disks;
  await app.dropFiles(
    provide(first!.rawPath, places.output, 'harbour.img'),
    provide(second!.rawPath, places.output, 'lighthouse.img'),
    provide(appliance.path, places.downloads, 'station.ova'),
  );
  await app.page.getByRole('button', { name: 'Add to library' }).click();
  await app.page.getByRole('navigation').getByRole('button', { name: 'Library' }).click();
  await expect(rows(app.page)).toHaveCount(3);
}

test('the box completes keys and values by keys alone, and says what is asked', async ({
  app,
  places,
  appliance,
}) => {
  await fill(app, places, appliance);
  const { page } = app;
  await page.keyboard.press('Control+f');
  await expect(box(page)).toBeFocused();
  await page.keyboard.type('for');
  await expect(page.getByRole('option', { name: /^format:/ })).toBeVisible();
  expect(await complaintsOf(page)).toEqual([]);
  await page.keyboard.press('Tab');
  await expect(box(page)).toHaveValue('format:');
  const ova = page.getByRole('option', { name: /^format:ova/ });
  await expect(ova).toContainText('1');
  while ((await ova.getAttribute('aria-selected')) !== 'true') await page.keyboard.press('ArrowDown');
  await expect(box(page)).toHaveAttribute('aria-activedescendant', (await ova.getAttribute('id'))!);
  await page.keyboard.press('Enter');
  await expect(box(page)).toHaveValue('format:ova ');
  await expect(rows(page)).toHaveCount(1);
  await expect(words(page)).toHaveText('Ova images');
  await page.keyboard.type('size:>2');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('option')).toHaveCount(0);
  await expect(box(page)).toHaveValue('format:ova size:>2');
  await page.keyboard.press('Escape');
  await expect(box(page)).toHaveValue('');
  await expect(rows(page)).toHaveCount(3);
  await page.keyboard.press('ArrowDown');
  await expect(rows(page).first()).toBeFocused();
});

test('what is wrong in a query is told, and mended by a click', async ({ app, places, appliance }) => {
  await fill(app, places, appliance);
  const { page } = app;
  await box(page).fill('fromat:raw');
  await expect(box(page)).toHaveAttribute('aria-invalid', 'true');
  await expect(words(page)).toContainText('There is no key “fromat”.');
  await page.getByRole('button', { name: 'Use “format:”' }).click();
  await expect(box(page)).toHaveValue('format:raw');
  await expect(rows(page)).toHaveCount(2);
  await box(page).fill('lighthuose');
  await expect(words(page)).toContainText('Nothing has “lighthuose”. Shown instead:');
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('button', { name: 'lighthouse', exact: true }).click();
  await expect(box(page)).toHaveValue('lighthouse');
  await expect(words(page)).toHaveText('');
  await expect(libraryRow(page, 'lighthouse.img')).toBeVisible();
});

test('filters and the text of the query say the same', async ({ app, places, appliance }) => {
  await fill(app, places, appliance);
  const { page } = app;
  await page.getByRole('button', { name: 'Show filters' }).click();
  const raw = filters(page).getByRole('checkbox', { name: /^Raw/ });
  await expect(raw).toContainText('2');
  await raw.click();
  await expect(box(page)).toHaveValue('format:raw');
  await expect(raw).toHaveAttribute('aria-checked', 'true');
  await expect(rows(page)).toHaveCount(2);
  // The others of the key still say how many they would add.
  const packages = filters(page).getByRole('checkbox', { name: /^OVA/ });
  await expect(packages).toContainText('1');
  await packages.click();
  await expect(box(page)).toHaveValue('format:raw,ova');
  await expect(rows(page)).toHaveCount(3);
  expect(await complaintsOf(page)).toEqual([]);
  await box(page).fill('format:ova');
  await expect(raw).toHaveAttribute('aria-checked', 'false');
  await packages.click();
  await expect(box(page)).toHaveValue('');
});

test('a search is kept as a collection, counted, moved, renamed and deleted, and comes back', async ({
  app,
  places,
  appliance,
}) => {
  await fill(app, places, appliance);
  let { page } = app;
  let collections = page.getByRole('list', { name: 'Collections' });
  const keep = async (query: string, name: string): Promise<void> => {
    await page
      .getByRole('navigation')
      .getByRole('button', { name: /^Library/ })
      .click();
    await box(page).fill(query);
    await page.getByRole('button', { name: 'Keep this search' }).click();
    await page.getByRole('dialog', { name: 'Keep this search' }).getByRole('textbox').fill(name);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
    await expect(box(page)).toHaveValue('');
  };
  await keep('format:raw', 'Plain ones');
  await expect(rows(page)).toHaveCount(2);
  await keep('format:ova', 'Stations');
  await expect(rows(page)).toHaveCount(1);
  await expect(collections.getByRole('listitem')).toHaveText([/Plain ones\s*2/, /Stations\s*1/]);

  const change = async (name: string, action: string): Promise<void> => {
    // A dialog on its way out still lies over the sidebar.
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await collections.getByRole('button', { name: new RegExp(`^${name}`) }).hover();
    await collections.getByRole('button', { name: `Change the collection ${name}` }).click();
    await page.getByRole('menuitem', { name: action }).click();
  };
  await change('Stations', 'Move up');
  await expect(collections.getByRole('listitem')).toHaveText([/Stations/, /Plain ones/]);
  await change('Plain ones', 'Rename…');
  await page.getByRole('dialog', { name: 'Rename the collection' }).getByRole('textbox').fill('stations');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toContainText('there is a collection “stations” already');
  await page.getByRole('dialog').getByRole('textbox').fill('Raw');
  await page.keyboard.press('Enter');
  await expect(collections.getByRole('listitem')).toHaveText([/Stations/, /Raw/]);
  expect(await complaintsOf(page)).toEqual([]);
  await app.restart();
  page = app.page;
  collections = page.getByRole('list', { name: 'Collections' });
  await expect(collections.getByRole('listitem')).toHaveText([/Stations/, /Raw/]);
  await change('Stations', 'Delete');
  await expect(collections.getByRole('listitem')).toHaveText([/Raw/]);
  await notices(page).getByRole('button', { name: 'Undo' }).click();
  await expect(collections.getByRole('listitem')).toHaveText([/Stations/, /Raw/]);
});
