// The ways to look at the library: cards are chosen, walked and opened as rows are, and the view that was left comes back.
import { copyFileSync, mkdirSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test, type HostApp } from './app.ts';
import { complaintsOf } from './axe.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import { namesIn, type Places } from './places.ts';
import { details, heading, libraryCard, libraryRow, showView } from './views.ts';

const patience = { timeout: 20_000 };

/** A watched folder with so many images of 8 MiB, called `disk-000.qcow2` and so on. */
async function watchImages(app: HostApp, places: Places, count: number): Promise<void> {
  const folder = join(places.home, 'Images');
  mkdirSync(folder, { recursive: true });
  const first = join(folder, 'disk-000.qcow2');
  await runTool('qemu-img', ['create', '-q', '-f', 'qcow2', first, '8M']);
  for (let index = 1; index < count; index++) {
    copyFileSync(first, join(folder, `disk-${String(index).padStart(3, '0')}.qcow2`));
  }
  const minuteAgo = Date.now() / 1000 - 60;
  for (const name of namesIn(folder)) utimesSync(join(folder, name), minuteAgo, minuteAgo);
  await app.chooseFolder(app.page.getByRole('button', { name: 'Watch a folder…' }), folder);
  await expect(app.page.getByTestId('library-summary')).toContainText(`${count} items`, patience);
  await app.page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  await libraryRow(app.page, 'disk-000.qcow2').click();
}

test('cards are walked with all arrow keys, many are selected, and one is opened', async ({
  app,
  places,
}) => {
  const { page } = app;
  await watchImages(app, places, 300);
  await showView(page, 'grid');
  const first = libraryCard(page, 'disk-000.qcow2');
  await expect(first).toHaveAttribute('aria-selected', 'true');
  expect(await page.getByTestId('card').count()).toBeLessThan(150);
  await first.focus();
  await page.keyboard.press('ArrowRight');
  await expect(libraryCard(page, 'disk-001.qcow2')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  const below = page.locator('[data-testid=card]:focus');
  const perLine = Number(await below.getAttribute('data-index')) - 1;
  expect(perLine).toBeGreaterThan(1);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByTestId('library-summary')).toContainText(`${perLine + 1} of 300 items selected`);
  await page.keyboard.press('End');
  await expect(libraryCard(page, 'disk-299.qcow2')).toBeFocused();
  await expect(libraryCard(page, 'disk-299.qcow2')).toBeInViewport();
  await expect(details(page, 'disk-299.qcow2')).toBeVisible();
  await page.keyboard.press('Home');
  await libraryCard(page, 'disk-002.qcow2').click({ modifiers: ['Control'] });
  await libraryCard(page, 'disk-002.qcow2').click({ button: 'right' });
  await expect(page.getByRole('menuitem', { name: 'Compare the two' })).toBeVisible();
  await page.keyboard.press('Escape');
  expect(await complaintsOf(page)).toEqual([]);
  await libraryCard(page, 'disk-002.qcow2').dblclick();
  await expect(heading(page, 'disk-002.qcow2')).toBeVisible();
});

test('the view is changed by keys and comes back after a restart', async ({ app, places }) => {
  await watchImages(app, places, 3);
  await app.page.keyboard.press('ControlOrMeta+Shift+G');
  await expect(libraryCard(app.page, 'disk-001.qcow2')).toBeVisible();
  await app.restart();
  await expect(libraryCard(app.page, 'disk-001.qcow2')).toBeVisible();
  await app.page.keyboard.press('ControlOrMeta+Shift+L');
  await expect(libraryRow(app.page, 'disk-001.qcow2')).toBeVisible();
});

test('what takes room is gone into and back by keyboard, and an area is what it stands for', async ({
  app,
  places,
  appliance,
}) => {
  const { page } = app;
  const folder = join(places.home, 'Images');
  const put = (index: number, path: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(appliance.disks[index]!.rawPath, path);
  };
  put(0, join(folder, 'servers/first.img'));
  put(1, join(folder, 'second.img'));
  await app.dropFiles(join(folder, 'servers/first.img'), join(folder, 'second.img'));
  await expect(page.getByTestId('library-summary')).toContainText('2 items');
  await page.keyboard.press('ControlOrMeta+Shift+S');
  const map = page.getByRole('listbox', { name: 'What takes room' });
  const servers = map.getByRole('option', { name: /^servers, 1 item, / });
  await servers.focus();
  await expect(page.getByTestId('space-words')).toContainText('Deleting it frees up to');
  expect(await complaintsOf(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await expect(map.getByRole('option', { name: /^first.img, Raw, / })).toBeFocused();
  await expect(details(page, 'first.img')).toBeVisible();
  await page.keyboard.press('Backspace');
  await expect(servers).toBeVisible();
  await servers.click();
  await page.getByRole('button', { name: 'Everything' }).click();
  await map.getByRole('option', { name: /^second.img/ }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Remove from library' }).click();
  await expect(page.getByTestId('space-words')).toContainText('1 item takes');
  await page.getByRole('radio', { name: 'By format' }).check({ force: true });
  await expect(map.getByRole('option', { name: /^Raw, 1 item, .*, 100 %/ })).toBeVisible();
  await map.getByRole('option', { name: /^Raw/ }).click();
  await map.getByRole('option', { name: /^first.img/ }).dblclick();
  await expect(heading(page, 'first.img')).toBeVisible();
});

test('columns are chosen and resized, by keyboard too, and stay so', async ({ app, places }) => {
  const { page } = app;
  await watchImages(app, places, 2);
  const format = page.getByRole('columnheader', { name: 'Format' });
  const width = async (): Promise<number> => (await format.boundingBox())!.width;
  const before = await width();
  await page.getByRole('separator', { name: 'Width of Format' }).focus();
  for (let press = 0; press < 4; press++) await page.keyboard.press('ArrowLeft');
  await expect.poll(width).toBe(before + 32);
  const edge = (await page.getByRole('separator', { name: 'Width of Format' }).boundingBox())!;
  await page.mouse.move(edge.x + edge.width / 2, edge.y + edge.height / 2);
  await page.mouse.down();
  await page.mouse.move(edge.x + edge.width / 2 - 40, edge.y + 4, { steps: 4 });
  await page.mouse.up();
  await expect.poll(width).toBe(before + 72);
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitem', { name: 'Show Rating' }).click();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitem', { name: 'Hide Added' }).click();
  await expect(page.getByRole('columnheader', { name: 'Rating' })).toBeVisible();
  expect(await complaintsOf(page)).toEqual([]);
  await app.restart();
  await expect(app.page.getByRole('columnheader', { name: 'Rating' })).toBeVisible();
  await expect(app.page.getByRole('columnheader', { name: 'Added' })).toHaveCount(0);
  const after = await app.page.getByRole('columnheader', { name: 'Format' }).boundingBox();
  expect(after!.width).toBe(before + 72);
});
