// The whole window by keys alone: each test goes a part of the way, and fails when a mouse, a pen or a finger was used.
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';

import { expect } from './app.ts';
import { expectIdentical } from './judges.ts';
import { box, goToRow, patience, rows, test, watchByKeys } from './keyboard-app.ts';
import { forbidPointers, hasFocus, tabTo } from './keys.ts';
import { namesIn } from './places.ts';
import { details, heading, jobs, libraryCard, libraryRow, makeButton, navigation, notices } from './views.ts';

const filters = (page: Page): Locator => page.getByRole('complementary', { name: 'Filters' });

test('a folder is added, and an image is looked at from its row to the squares of its map', async ({
  app,
  images,
}) => {
  const { page } = app;
  await watchByKeys(app, images);
  await goToRow(page, 'machine.qcow2');
  const panel = details(page, 'machine.qcow2');
  const tab = (name: string): Locator => panel.getByRole('tab', { name });
  await expect(tab('Layers')).toBeVisible();
  await tabTo(page, tab('Overview'));
  await page.keyboard.press('ArrowRight');
  await expect(tab('Disk')).toBeFocused();
  const squares = panel.getByRole('slider', { name: 'Place on the disk' });
  await expect(squares).toBeVisible();
  await tabTo(page, squares);
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('map-words')).toContainText('base.qcow2');
  await page.keyboard.press('+');
  await expect(panel.getByRole('button', { name: 'The whole disk' })).toBeEnabled();
  await expect(squares).toBeFocused();
  await page.keyboard.press('0');
  await expect(panel.getByRole('button', { name: 'The whole disk' })).toBeDisabled();
  await expect(squares).toBeFocused();
  await tabTo(page, tab('Disk'), 'Shift+Tab');
  for (const [name, words] of [
    ['Layers', 'before the storm'],
    ['Related', ''],
    ['History', 'Added to the library'],
  ] as const) {
    await page.keyboard.press('ArrowRight');
    await expect(tab(name)).toBeFocused();
    await expect(tab(name)).toHaveAttribute('aria-selected', 'true');
    await expect(panel).toContainText(words);
  }
});

test('Escape closes whatever opens over the library, and the row has the focus again', async ({
  app,
  images,
}) => {
  const { page } = app;
  await watchByKeys(app, images);
  await goToRow(page, 'buoy.img');
  const row = libraryRow(page, 'buoy.img');
  const floating: readonly (readonly [key: string, opened: Locator])[] = [
    ['Space', page.getByTestId('quick-look')],
    ['F2', page.getByRole('dialog', { name: 'Rename file' })],
    ['t', page.getByRole('dialog', { name: 'Tags of “buoy.img”' })],
    ['Delete', page.getByRole('alertdialog')],
    ['Control+k', page.getByTestId('palette')],
    ['Shift+F10', page.getByRole('menu')],
    ['ContextMenu', page.getByRole('menu')],
  ];
  for (const [key, opened] of floating) {
    await page.keyboard.press(key);
    await expect(opened, key).toBeVisible();
    await expect.poll(() => opened.evaluate((one) => one.contains(document.activeElement)), key).toBe(true);
    await page.keyboard.press('Escape');
    await expect(opened, key).toHaveCount(0);
    await expect(row, `after ${key}`).toBeFocused();
  }
  await page.keyboard.press('Shift+F10');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitem').nth(1)).toBeFocused();
  await page.keyboard.press('Escape');
  await tabTo(page, details(page, 'buoy.img').getByRole('button', { name: 'More actions' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(details(page, 'buoy.img').getByRole('button', { name: 'More actions' })).toBeFocused();
});

test('images are filtered, searched, tagged, rated and noted', async ({ app, images }) => {
  const { page } = app;
  await watchByKeys(app, images);
  await goToRow(page, 'buoy.img');
  await tabTo(page, page.getByRole('button', { name: 'Show filters' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Hide filters' })).toBeFocused();
  const raw = filters(page).getByRole('checkbox', { name: /^Raw/ });
  await tabTo(page, raw, 'Shift+Tab');
  await page.keyboard.press('Space');
  await expect(box(page)).toHaveValue('format:raw');
  await expect(rows(page)).toHaveCount(2);
  await expect(raw).toBeFocused();
  await page.keyboard.press('Space');
  await expect(rows(page)).toHaveCount(3);

  await page.keyboard.press('Control+f');
  await page.keyboard.type('for');
  await page.keyboard.press('Tab');
  await expect(box(page)).toHaveValue('format:');
  const qcow2 = page.getByRole('option', { name: /^format:qcow2/ });
  while ((await qcow2.getAttribute('aria-selected')) !== 'true') await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(1);
  await page.keyboard.press('Enter');
  const row = libraryRow(page, 'machine.qcow2');
  await expect(row).toBeFocused();

  await page.keyboard.press('t');
  const tags = page.getByRole('dialog', { name: 'Tags of “machine.qcow2”' });
  await expect(tags).toBeVisible();
  await page.keyboard.type('prod');
  await page.keyboard.press('Enter');
  await expect(tags.getByRole('checkbox', { name: 'prod' })).toBeChecked();
  await page.keyboard.press('Escape');
  await expect(row).toBeFocused();
  await expect(row).toContainText('prod');
  await page.keyboard.press('3');
  await expect(row.getByRole('img', { name: 'Rated 3 of 5' })).toBeVisible();
  const panel = details(page, 'machine.qcow2');
  await tabTo(page, panel.getByRole('radio', { name: '3 stars' }));
  await page.keyboard.press('ArrowRight');
  await expect(row.getByRole('img', { name: 'Rated 4 of 5' })).toBeVisible();
  await expect(panel.getByRole('radio', { name: '4 stars' })).toBeFocused();
  await tabTo(page, panel.getByRole('button', { name: 'Take the tag prod away' }));
  await page.keyboard.press('Enter');
  await expect(row).not.toContainText('prod');
  await expect(panel.getByRole('button', { name: 'Tag', exact: true })).toBeFocused();

  await tabTo(page, panel.getByRole('button', { name: 'Write…' }));
  await page.keyboard.press('Enter');
  await expect(panel.getByRole('textbox', { name: 'Note, in Markdown' })).toBeFocused();
  await page.keyboard.type('From the **harbour**');
  await page.keyboard.press('Control+Enter');
  await expect(panel.getByTestId('note').locator('strong')).toHaveText('harbour');
  await expect(panel.getByRole('button', { name: 'Edit' })).toBeFocused();
  await page.keyboard.press('Control+z');
  await expect(panel.getByTestId('note')).toHaveCount(0);
  await expect(panel.getByRole('button', { name: 'Write…' })).toBeFocused();
  await tabTo(page, notices(page).getByRole('button', { name: 'Redo' }));
  await page.keyboard.press('Enter');
  await expect(panel.getByTestId('note')).toBeVisible();
});

test('an image is converted by the form, and its job is paused, resumed and cancelled', async ({
  app,
  images,
}) => {
  const { page } = app;
  await watchByKeys(app, images);
  await page.keyboard.press('Control+,');
  await expect(heading(page, 'Settings')).toBeFocused();
  const speed = page.getByRole('textbox', { name: 'Speed, in MiB/s' });
  await tabTo(page, speed);
  await page.keyboard.type('2');
  await page.keyboard.press('Tab');

  const convert = async (format: string, name: string): Promise<void> => {
    await goToRow(page, 'harbour.img');
    await page.keyboard.press('Shift+F10');
    const item = page.getByRole('menuitem', { name: 'Convert…' });
    await expect(item).toBeVisible();
    for (let press = 0; press < 5 && !(await hasFocus(item)); press++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const sheet = page.getByTestId('convert-sheet');
    await expect(sheet).toBeVisible();
    await tabTo(page, sheet.getByTestId('convert-format'));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('listbox', { name: 'Format' })).toBeVisible();
    await page.keyboard.type(format);
    await page.keyboard.press('Enter');
    await expect(sheet.getByTestId('convert-format')).toBeFocused();
    await tabTo(page, sheet.getByTestId('output-name'));
    await page.keyboard.press('Control+a');
    await page.keyboard.type(name);
    await expect(makeButton(sheet)).toBeEnabled();
    await tabTo(page, makeButton(sheet));
    await page.keyboard.press('Enter');
    await expect(sheet).toHaveCount(0);
    await expect(libraryRow(page, 'harbour.img')).toBeFocused();
  };
  await convert('vdi', 'slow.vdi');
  await tabTo(page, navigation(page).getByRole('button', { name: /^Jobs/ }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Jobs')).toBeFocused();
  const job = jobs(page);
  for (const [press, state] of [
    [/^Pause /, 'paused'],
    [/^Resume /, 'running'],
    [/^Cancel /, 'cancelled'],
  ] as const) {
    await tabTo(page, job.getByRole('button', { name: press }));
    await page.keyboard.press('Enter');
    await expect(job).toHaveAttribute('data-state', state, patience);
    await expect(job).toBeFocused();
  }
  expect(namesIn(images).filter((name) => name.includes('slow'))).toEqual([]);

  await page.keyboard.press('Control+,');
  await tabTo(page, speed);
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Tab');
  await convert('vdi', 'quick.vdi');
  await expect(libraryRow(page, 'quick.vdi')).toContainText('Converted from harbour.img', patience);
  await expectIdentical(join(images, 'harbour.img'), join(images, 'quick.vdi'), 'vdi');
});

test('the library’s views, the settings, the palette and the clouds', async ({ app, images }) => {
  const { page } = app;
  await watchByKeys(app, images);
  await goToRow(page, 'buoy.img');
  await page.keyboard.press('Control+Shift+G');
  await expect(libraryCard(page, 'buoy.img')).toBeFocused();
  await page.keyboard.press('End');
  await page.keyboard.press('Home');
  await expect(page.getByTestId('card').first()).toBeFocused();
  await page.keyboard.press('Control+Shift+S');
  const map = page.getByRole('listbox', { name: 'What takes room' });
  await expect(map.getByRole('option').first()).toBeFocused();
  await tabTo(page, page.getByRole('radio', { name: 'By folder' }), 'Shift+Tab');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('radio', { name: 'By format' })).toBeFocused();
  const group = map.getByRole('option', { name: /^Raw/ });
  await expect(group).toBeVisible();
  await tabTo(page, map.locator('[tabindex="0"]'));
  for (let press = 0; press < 4 && !(await hasFocus(group)); press++) await page.keyboard.press('ArrowRight');
  for (let press = 0; press < 4 && !(await hasFocus(group)); press++) await page.keyboard.press('ArrowLeft');
  await expect(group).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(map.getByRole('option', { name: /^buoy.img/ })).toBeVisible();
  await page.keyboard.press('Backspace');
  await expect(group).toBeVisible();
  await page.keyboard.press('Control+Shift+L');
  await expect(rows(page).and(page.locator(':focus'))).toHaveCount(1);

  const scheme = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  const before = await scheme();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('light and dark');
  await page.keyboard.press('Enter');
  await expect.poll(scheme).not.toBe(before);
  await page.keyboard.press('Control+,');
  await tabTo(page, page.getByRole('radiogroup', { name: 'Theme' }).locator(':checked'));
  await page.keyboard.press('ArrowLeft');
  await expect.poll(scheme).toBe(before);
  const language = page.getByRole('combobox', { name: /^Language/ });
  await tabTo(page, language);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('listbox', { name: 'Language' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(language).toBeFocused();

  await tabTo(page, navigation(page).getByRole('button', { name: 'Clouds' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Clouds')).toBeFocused();
  const add = page.getByRole('button', { name: 'Add account…' });
  await tabTo(page, add);
  await page.keyboard.press('Enter');
  const form = page.getByTestId('account-dialog');
  await tabTo(page, form.getByLabel('Name', { exact: true }));
  await page.keyboard.type('lab');
  await page.keyboard.press('Escape');
  await expect(form).toHaveCount(0);
  await expect(add).toBeFocused();

  await page.keyboard.press('Control+,');
  await tabTo(page, language);
  await page.keyboard.press('Enter');
  await page.keyboard.type('Deu');
  await page.keyboard.press('Enter');
  // The test runtime's old Electron does not survive a page that loads again.
  if (app.host === 'electron') {
    await app.restart();
    await forbidPointers(app.page);
  }
  await expect(app.page.locator('html')).toHaveAttribute('lang', 'de');
});
