// A folder of three hundred mixed files: found, searched, filtered, tagged and followed on disk; duplicates told, many converted.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Locator, Page } from '@playwright/test';

import { expect, test as base, type HostApp } from './app.ts';
import type { ElectronHost } from './electron-host.ts';
import { expectClean, expectIdentical } from './judges.ts';
import { known, makeMixedFolder, type MixedFolder } from './mixed-folder.ts';
import {
  closeNotices,
  details,
  libraryRow,
  makeButton,
  navigation,
  notices,
  showJobs,
  showLibrary,
} from './views.ts';

/** A folder is followed within moments, and a machine may be busy with other things. */
const patience = { timeout: 30_000 };

interface Watched extends MixedFolder {
  readonly folder: string;
}

const test = base.extend<{ readonly watched: Watched }>({
  /** The folder is watched, and all that is in it is listed. */
  watched: async ({ app, places, appliance }, use) => {
    const folder = join(places.home, 'Images');
    const made = await makeMixedFolder(folder, appliance);
    await app.chooseFolder(app.page.getByRole('button', { name: 'Watch a folder…' }), folder);
    await expect(summary(app.page)).toContainText(`${made.entries} items`, patience);
    await use({ ...made, folder });
  },
});

const summary = (page: Page): Locator => page.getByTestId('library-summary');
const rows = (page: Page): Locator => page.getByTestId('list-row');
const box = (page: Page): Locator => page.getByRole('combobox', { name: 'Search the library' });
const filters = (page: Page): Locator => page.getByRole('complementary', { name: 'Filters' });

async function search(page: Page, text: string, count: number): Promise<void> {
  await box(page).fill(text);
  await expect(summary(page)).toHaveText(new RegExp(`^(\\d+ of )?${count} items?\\b`));
}

/** The files below a folder, by their paths from there. */
const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' });

/** The first files that were made alike in a format, by its extension. */
const alikeIn = (folder: string, extension: string): string[] =>
  filesIn(folder)
    .filter((path) => new RegExp(`/disk-\\d+\\.${extension}$`).test(path))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));

/** Whether the runtime of this host can inflate Zstandard: Node can from 22.15. */
async function readsZstandard(app: HostApp): Promise<boolean> {
  const version =
    app.host === 'electron'
      ? await (app as ElectronHost).application.evaluate(() => process.versions.node)
      : process.versions.node;
  const [major, minor] = version.split('.').map(Number);
  return major! > 22 || (major === 22 && minor! >= 15);
}

/** The qcow2 images whose header says that their clusters are compressed with Zstandard: the compression type at byte 104. */
function zstandardIn(folder: string): string[] {
  return alikeIn(folder, 'qcow2').filter((path) => readFileSync(join(folder, path))[104] === 1);
}

test('three hundred files are searched and filtered', async ({ app, watched }) => {
  const { page } = app;
  const names = filesIn(watched.folder).map((path) => basename(path));
  expect(names.filter((name) => /\./.test(name))).toHaveLength(300);

  await search(page, 'gauge', 1);
  await expect(libraryRow(page, known.disk)).toBeVisible();
  await search(page, 'lighthouse', 2);
  await search(page, 'kind:package', 1);
  await expect(libraryRow(page, known.package)).toBeVisible();
  await search(page, 'format:qcow2 -lighthouse', alikeIn(watched.folder, 'qcow2').length);
  await box(page).fill('');

  await page.getByRole('button', { name: 'Show filters' }).click();
  for (const [label, extension] of [
    ['VHDX', 'vhdx'],
    ['VDI', 'vdi'],
  ] as const) {
    const count = names.filter((name) => name.endsWith(`.${extension}`)).length;
    const filter = filters(page).getByRole('checkbox', { name: new RegExp(`^${label} `) });
    await expect(filter).toContainText(String(count));
    await filter.click();
    await expect(summary(page)).toContainText(`${count} items`);
    await filter.click();
    await expect(summary(page)).toContainText(`${watched.entries} items`);
  }
});

test('entries keep what was said of them while their files are renamed, deleted and found again on disk', async ({
  app,
  places,
  watched,
}) => {
  const { page } = app;
  const [first, second] = alikeIn(watched.folder, 'vdi').map((path) => join(watched.folder, path));
  const twin = join(watched.folder, 'desk', known.twins[0]);
  await search(page, `${basename(first!)} OR ${basename(second!)} OR ${known.twins[0]}`, 3);
  await rows(page).first().click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('t');
  await expect(page.getByRole('dialog', { name: 'Tags of 3 items' })).toBeVisible();
  await page.keyboard.type('harbour');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('checkbox', { name: 'harbour' })).toBeChecked();
  await page.keyboard.press('Escape');
  await search(page, 'tag:harbour', 3);

  await test.step('one is renamed on disk, into another folder', async () => {
    renameSync(first!, join(watched.folder, 'desk', 'buoy.bin'));
    await expect(libraryRow(page, 'buoy.bin')).toContainText('harbour', patience);
    await expect(libraryRow(page, basename(first!))).toHaveCount(0);
    await expect(rows(page)).toHaveCount(3);
  });
  await test.step('one is deleted on disk', async () => {
    rmSync(second!);
    await expect(libraryRow(page, basename(second!))).toContainText('Not where it was', patience);
    await expect(libraryRow(page, basename(second!))).toContainText('harbour');
    await search(page, 'is:missing', 1);
    await expect(libraryRow(page, basename(second!))).toBeVisible();
  });
  await test.step('one that was moved out of the folder is located', async () => {
    const moved = join(places.downloads, 'moved.qcow2');
    renameSync(twin, moved);
    await expect(libraryRow(page, basename(twin))).toContainText('Not where it was', patience);
    await libraryRow(page, basename(twin)).click();
    const panel = details(page, basename(twin));
    await app.chooseFile(panel.getByRole('button', { name: 'Locate…' }), moved);
    await expect(notices(page)).toContainText('“moved.qcow2” is in its place again.');
    await search(page, 'tag:harbour -is:missing', 2);
    await expect(libraryRow(page, 'moved.qcow2')).toContainText('harbour');
  });
  await test.step('what was done to the catalogue is undone, the last first', async () => {
    await closeNotices(page);
    await libraryRow(page, 'moved.qcow2').click();
    await page.keyboard.press('5');
    await expect(libraryRow(page, 'moved.qcow2').getByRole('img', { name: 'Rated 5 of 5' })).toBeVisible();
    await libraryRow(page, 'moved.qcow2').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Remove from library' }).click();
    await expect(libraryRow(page, 'moved.qcow2')).toHaveCount(0);
    await libraryRow(page, 'buoy.bin').click();
    await page.keyboard.press('Control+z');
    await expect(libraryRow(page, 'moved.qcow2')).toContainText('harbour');
    await expect(libraryRow(page, 'moved.qcow2').getByRole('img', { name: 'Rated 5 of 5' })).toBeVisible();
    await page.keyboard.press('Control+z');
    await expect(libraryRow(page, 'moved.qcow2').getByRole('img', { name: /Rated/ })).toHaveCount(0);
    await expect(libraryRow(page, 'moved.qcow2')).toContainText('harbour');
    expect(existsSync(join(places.downloads, 'moved.qcow2'))).toBe(true);
  });
});

test('duplicates are told by what is on the disks, whatever their format', async ({ app, watched }) => {
  test.slow();
  const { page } = app;
  await navigation(page).getByRole('button', { name: 'Duplicates' }).click();
  const line = page.getByTestId('content-progress');
  await expect(line).toContainText('is known');
  const readNow = page.getByTestId('read-now');
  if (await readNow.isVisible()) await readNow.click();
  const unreadable = (await readsZstandard(app)) ? 0 : zstandardIn(watched.folder).length;
  const copies = watched.alike - unreadable;
  const all = /^The content of all \d+ disks is known(, \d+ cannot be read)?\./;
  // Whatever else the machine does goes first.
  await expect(line).toContainText(all, { timeout: 180_000 });
  if (unreadable > 0) await expect(line).toContainText(`${unreadable} cannot be read`);
  await expect(page.getByTestId('gain')).toContainText('2 disks more than once');
  const groups = page.getByTestId('duplicates');
  await expect(groups.filter({ hasText: `${copies} copies of a disk of 1 MiB` })).toHaveCount(1);
  const twins = groups.filter({ hasText: known.twins[0] });
  await expect(twins).toContainText('2 copies of a disk of');
  for (const name of known.twins) await expect(twins.getByRole('radio', { name })).toHaveCount(1);
  await showLibrary(page);
  await search(page, 'is:duplicate', copies + known.twins.length);
  await search(page, 'is:duplicate lighthouse', known.twins.length);
});

test('three images in three formats are converted as one group', async ({ app, watched }) => {
  const { page } = app;
  const sources = ['vdi', 'vhdx', 'vmdk'].map((format) => ({
    format,
    path: join(watched.folder, alikeIn(watched.folder, format)[0]!),
  }));
  await search(page, sources.map(({ path }) => basename(path)).join(' OR '), sources.length);
  await rows(page).first().click();
  await page.keyboard.press('Control+a');
  await rows(page).first().click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Convert 3 images…' }).click();
  const sheet = page.getByTestId('batch-sheet');
  await expect(sheet.getByTestId('plan')).toContainText('Takes');
  await makeButton(sheet).click();
  await expect(sheet).toHaveCount(0);

  await showJobs(page);
  await expect(page.getByTestId('job-group')).toHaveCount(1);
  await expect(page.getByTestId('group-words')).toContainText('3 of 3 done', patience);
  await showLibrary(page);
  await search(page, 'origin:converted', sources.length);
  for (const { path, format } of sources) {
    const output = path.replace(/\.\w+$/, '.qcow2');
    await expectIdentical(path, output, 'qcow2', format);
    await expectClean(output);
  }
});
