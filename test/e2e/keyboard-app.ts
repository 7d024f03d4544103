/** A window that is gone through by keys alone: a mouse fails the test. With a few images to walk through. */
import { copyFileSync, mkdirSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Locator, Page } from '@playwright/test';

import { test as base, expect, type HostApp } from './app.ts';
import type { ElectronHost } from './electron-host.ts';
import { makeOverlay, makePartitionedDisk, makeQcow2 } from './images.ts';
import { forbidPointers, hasFocus, tabTo } from './keys.ts';
import { namesIn } from './places.ts';
import { libraryRow } from './views.ts';

export const patience = { timeout: 30_000 };
const ageSeconds = 3600;

export const test = base.extend<{ readonly images: string }>({
  app: async ({ app }, use) => {
    await forbidPointers(app.page);
    await use(app);
    // The watch itself is awake.
    const before = app.problems.length;
    await app.page.mouse.click(1, 1);
    await expect
      .poll(() => app.problems.slice(before))
      .toEqual([expect.stringContaining('a pointer was used')]);
    app.problems.splice(before);
  },

  /** A folder with a raw disk, one with partitions, and a machine's disk that stands on another and has a snapshot. */
  images: async ({ places, appliance }, use) => {
    const folder = join(places.home, 'Images');
    mkdirSync(folder, { recursive: true });
    const raw = appliance.disks[1]!.rawPath;
    copyFileSync(raw, join(folder, 'harbour.img'));
    await makePartitionedDisk(folder, 'buoy.img');
    await makeOverlay(await makeQcow2(raw, folder, 'base.qcow2'), 'machine.qcow2');
    const time = Date.now() / 1000 - ageSeconds;
    for (const name of namesIn(folder)) utimesSync(join(folder, name), time, time);
    await use(folder);
  },
});

export const box = (page: Page): Locator => page.getByRole('combobox', { name: 'Search the library' });
export const rows = (page: Page): Locator => page.getByTestId('list-row');

/** Answers what asks for a folder once the button that has the focus is pressed. */
async function chooseFolderByKeys(app: HostApp, folder: string): Promise<void> {
  const { page } = app;
  if (app.host === 'electron') {
    await (app as ElectronHost).answerOpenDialog(folder);
    await page.keyboard.press('Enter');
    return;
  }
  await page.keyboard.press('Enter');
  const picker = page.getByTestId('picker');
  await expect(picker.getByTestId('picker-list')).toBeVisible();
  await page.keyboard.press('Control+l');
  await expect(picker.getByRole('textbox', { name: 'Path' })).toBeFocused();
  await page.keyboard.type(folder);
  await page.keyboard.press('Enter');
  const way = picker.getByRole('navigation', { name: 'Folders on the way' });
  await expect(way.locator('[aria-current="location"]')).toHaveText(basename(folder));
  await tabTo(page, picker.getByTestId('picker-confirm'));
  await page.keyboard.press('Enter');
  await expect(picker).toHaveCount(0);
}

/** From an empty library to one with all of the folder. */
export async function watchByKeys(app: HostApp, folder: string): Promise<void> {
  await tabTo(app.page, app.page.getByRole('button', { name: 'Watch a folder…' }));
  await chooseFolderByKeys(app, folder);
  await expect(app.page.getByTestId('library-summary')).toContainText('3 items', patience);
}

/** Through the search box into the list, and there to an entry. */
export async function goToRow(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+f');
  await expect(box(page)).toBeFocused();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  const row = libraryRow(page, name);
  for (const key of ['Home', ...Array.from({ length: await rows(page).count() }, () => 'ArrowDown')]) {
    if (await hasFocus(row)) break;
    await page.keyboard.press(key);
  }
  await expect(row).toBeFocused();
}
