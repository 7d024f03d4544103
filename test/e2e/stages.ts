/** Walks through every view and state of the window, one after the other: what axe judges and what the pictures show. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

import { applianceFacts, type Appliance, type CorruptAppliance } from '../fixtures/appliance.ts';
import { expect, type HostApp } from './app.ts';
import { dragOver } from './drop.ts';
import { makeBrokenQcow2, makeMedium, makePartitionedDisk, makeQcow2 } from './images.ts';
import { cloudsOf } from './cloud-stages.ts';
import { extremesOf } from './extreme-stages.ts';
import { knownOf } from './known-stages.ts';
import { detailsOf } from './library-stages.ts';
import { viewsOf } from './library-view-stages.ts';
import { preparingOf } from './prepare-stages.ts';
import { provide, type Places } from './places.ts';
import {
  choose,
  chooseImageAction,
  closeNotices,
  details,
  extraction,
  heading,
  integrity,
  libraryRow,
  navigation,
  notices,
  openExtractSheet,
  openImage,
  seeProgress,
  showJobs,
  showLibrary,
  showSettings,
  startButton,
} from './views.ts';

export interface Surroundings {
  readonly app: HostApp;
  readonly places: Places;
  readonly appliance: Appliance;
  /** An appliance that takes a while. */
  readonly large: Appliance;
  readonly corrupt: CorruptAppliance;
}

/** Yields the name of each stage once the window shows it. The window starts with an empty library. */
export async function* stagesOf(surroundings: Surroundings): AsyncGenerator<string> {
  const { app, places, appliance, corrupt } = surroundings;
  const { page } = app;
  await expect(heading(page, 'Library')).toBeVisible();
  yield 'library-empty';
  await showJobs(page);
  yield 'jobs-empty';
  await showSettings(page);
  yield 'settings';
  const file = page.getByTestId('library-file');
  await file.getByRole('button', { name: 'Back up now' }).click();
  await file.getByText('1 backup', { exact: true }).click();
  await closeNotices(page);
  await file.scrollIntoViewIfNeeded();
  yield 'settings-library';

  if (app.host === 'chromium') {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Open…' }).click();
    await expect(page.getByRole('dialog').getByRole('option').first()).toBeVisible();
    yield 'picker';
    await page.keyboard.press('Escape');
  }

  const source = provide(appliance.path, places.downloads);
  const drag = await dragOver(page, [source]);
  yield 'dropping';
  await drag.drop();
  await expect(heading(page, applianceFacts.product)).toBeVisible();
  await expect(integrity(page)).toContainText('The manifest is valid');
  yield 'package';
  await page.getByRole('button', { name: /^Read / }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  yield 'licence';
  await page.keyboard.press('Escape');

  const sheet = await openExtractSheet(page);
  await expect(startButton(sheet)).toBeEnabled();
  yield 'extract';
  await sheet.getByText('Options', { exact: true }).first().click();
  yield 'extract-options';
  await sheet
    .getByRole('combobox', { name: /^Format / })
    .first()
    .click();
  await expect(page.getByRole('option').first()).toBeVisible();
  yield 'extract-format';
  await page.keyboard.press('Escape');
  await startButton(sheet).click();
  await expect(extraction(page)).toContainText('2 disks are ready.');
  yield 'extracted';

  await app.dropFiles(corrupt.path);
  await expect(integrity(page)).toHaveAttribute('data-state', 'mismatch');
  yield 'package-corrupt';
  const empty = join(places.downloads, 'notes.txt');
  writeFileSync(empty, '');
  await app.dropFiles(empty);
  await expect(notices(page)).toContainText('notes.txt');
  yield 'notice';
  await closeNotices(page);

  await showJobs(page);
  await expect(page.getByTestId('job')).toHaveCount(3);
  yield 'jobs';

  await app.dropFiles(provide(appliance.disks[1]!.rawPath, join(places.home, 'Archive'), 'second.img'));
  await showLibrary(page);
  // What was dropped is selected as soon as it is there.
  await expect(libraryRow(page, 'second.img')).toHaveAttribute('aria-selected', 'true');
  await libraryRow(page, 'harbour-disk1.qcow2').click();
  await expect(details(page, 'harbour-disk1.qcow2')).toContainText('Extracted from harbour.ova');
  await closeNotices(page);
  yield 'library';
  yield* detailsOf(surroundings);
  yield* viewsOf(surroundings);
  await libraryRow(page, 'harbour-disk1.qcow2').click({ button: 'right' });
  await expect(page.getByRole('menu')).toBeVisible();
  yield 'library-menu';
  await page.getByRole('menuitem', { name: 'Rename…' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  yield 'rename';
  await page.keyboard.press('Escape');
  await libraryRow(page, 'harbour-disk2.qcow2').click();
  await page.keyboard.press('Delete');
  await expect(page.getByRole('alertdialog')).toBeVisible();
  yield 'remove';
  await page.keyboard.press('Escape');

  await libraryRow(page, 'harbour-disk1.qcow2').dblclick();
  await expect(heading(page, 'harbour-disk1.qcow2')).toBeVisible();
  await expect(page.getByTestId('allocation').getByRole('figure')).toBeVisible();
  yield 'image';
  yield* preflightOf(surroundings);
  yield* preparingOf(surroundings);
  await openImage(page, 'harbour-disk1.qcow2');
  yield* makingOf(surroundings);
  yield* momentsOf(surroundings);
  yield* foldersOf(surroundings);
  yield* cloudsOf(surroundings);
  yield* knownOf(surroundings);
  yield* extremesOf(surroundings);
}

/** What clouds say of one image, and of two. */
async function* preflightOf({ app, places }: Surroundings): AsyncGenerator<string> {
  const { page } = app;
  await chooseImageAction(page, 'Check for clouds');
  await expect(page.getByTestId('cloud').first()).toBeVisible();
  yield 'preflight';
  const second = encodeURIComponent(join(places.home, 'Archive', 'second.img'));
  await page.evaluate((path) => (location.hash += `,${path}`), second);
  await page.getByRole('button', { name: /^second.img/ }).click();
  await expect(page.getByTestId('preflight-summary')).toContainText('second.img:');
  yield 'preflight-several';
  await openImage(page, 'harbour-disk1.qcow2');
}

/** The forms that make and change images, and what is found inside of images. */
async function* makingOf({ app, places, appliance }: Surroundings): AsyncGenerator<string> {
  const { page } = app;
  const folder = join(places.home, 'Archive');
  const main = navigation(page);
  await main.getByRole('button', { name: 'New image…' }).click();
  await page.getByTestId('create-sheet').getByText('Options', { exact: true }).click();
  yield 'new-image';
  await page.getByTestId('create-size').fill('twelve');
  yield 'new-image-problem';
  await page.keyboard.press('Escape');
  await main.getByRole('button', { name: 'Build…' }).click();
  await expect(page.getByTestId('plan')).toContainText(/Takes|Choose/);
  yield 'build';
  await page.keyboard.press('Escape');

  await page.getByTestId('convert').click();
  const convert = page.getByTestId('convert-sheet');
  await choose(convert, 'Format', 'VMDK');
  await expect(convert.getByTestId('plan')).toContainText('Takes');
  yield 'convert';
  await convert.getByText('Options', { exact: true }).click();
  yield 'convert-options';
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'More actions' }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  yield 'image-menu';
  await page.getByRole('menuitem', { name: 'Resize…' }).click();
  await page.getByTestId('resize-size').fill('16M');
  yield 'resize';
  await page.keyboard.press('Escape');
  await chooseImageAction(page, 'Build a package…');
  const build = page.getByTestId('build-sheet');
  await expect(build.getByTestId('plan')).toContainText('Takes');
  yield 'build-package';
  await build.getByText('More', { exact: true }).click();
  await build.getByText('More', { exact: true }).scrollIntoViewIfNeeded();
  yield 'build-package-more';
  await page.keyboard.press('Escape');
  const second = await makeQcow2(appliance.disks[1]!.rawPath, folder, 'other.qcow2');
  await page.getByRole('button', { name: 'More actions' }).click();
  await app.chooseFile(page.getByRole('menuitem', { name: 'Compare with…' }), second);
  await expect(page.getByTestId('compare-dialog')).toContainText('The disks differ');
  yield 'compare';
  await page.keyboard.press('Escape');
  yield* insideOf({ app, folder });
}

/** The structure of an image, sound and broken, and the files in images. */
async function* insideOf({ app, folder }: { app: HostApp; folder: string }): AsyncGenerator<string> {
  const { page } = app;
  const structure = page.getByTestId('structure');
  const verdict = page.getByTestId('structure-verdict');
  await structure.getByRole('button', { name: 'Check' }).click();
  await expect(verdict).toContainText('No problems');
  await structure.scrollIntoViewIfNeeded();
  yield 'structure-sound';
  await app.dropFiles(
    await makeBrokenQcow2(folder, 'gauge-log.qcow2'),
    await makePartitionedDisk(folder, 'buoy.img'),
    await makeMedium(folder, 'tide-tools.iso'),
  );
  await expect(libraryRow(page, 'tide-tools.iso')).toBeVisible();
  await closeNotices(page);
  await openImage(page, 'gauge-log.qcow2');
  await structure.getByRole('button', { name: 'Check' }).click();
  await expect(verdict).toContainText('found');
  await structure.scrollIntoViewIfNeeded();
  yield 'structure-broken';
  await structure.getByRole('button', { name: 'Repair…' }).click();
  await expect(page.getByRole('alertdialog')).toBeVisible();
  yield 'repair';
  await page.keyboard.press('Escape');

  await openImage(page, 'buoy.img');
  await page.getByTestId('browse-files').click();
  await page.getByTestId('partitions').getByRole('button', { name: '1 EFI system' }).click();
  await expect(page.getByTestId('file-list')).toContainText('boot.txt');
  await page.getByTestId('file-list').scrollIntoViewIfNeeded();
  yield 'partitions';
  await openImage(page, 'tide-tools.iso');
  await page.getByTestId('file-list').getByRole('button', { name: 'drivers' }).click();
  await page.getByTestId('file-list').getByRole('checkbox').first().check();
  await page.getByTestId('file-list').scrollIntoViewIfNeeded();
  yield 'medium-files';
}

/** What passes: work under way and stopped, an entry without its file, a search that finds nothing. */
async function* momentsOf({ app, places, large }: Surroundings): AsyncGenerator<string> {
  const { page } = app;
  await app.dropFiles(provide(large.path, join(places.home, 'Observatory'), 'observatory.ova'));
  await expect(integrity(page)).toContainText(/what the manifest says|manifest is valid/, {
    timeout: 60_000,
  });
  // So slow that there is time to look around.
  await limitSpeed(page, '4');
  await page.goBack();
  const sheet = await openExtractSheet(page);
  await sheet.getByText('Options', { exact: true }).first().click();
  await startButton(sheet).click();
  await seeProgress(extraction(page).getByRole('progressbar'), 2);
  yield 'extracting';
  await showJobs(page);
  await expect(page.getByTestId('job').getByRole('progressbar').first()).toBeVisible();
  yield 'jobs-running';
  yield* waitingOf(page);
  await longJob(page)
    .getByRole('button', { name: /^Cancel/ })
    .click();
  await expect(longJob(page)).toHaveAttribute('data-state', 'cancelled');
  yield 'jobs-cancelled';
  await limitSpeed(page, '');

  renameSync(join(places.home, 'Archive/second.img'), join(places.root, 'moved away.img'));
  await app.restart();
  await libraryRow(app.page, 'second.img').click();
  await expect(details(app.page, 'second.img')).toContainText('The file is not where it was.');
  yield 'library-missing';
  await app.page.getByRole('combobox', { name: 'Search the library' }).fill('lighthouse');
  await expect(app.page.getByRole('heading', { name: 'Nothing matches' })).toBeVisible();
  yield 'library-nothing-found';
}

const longJob = (page: Page) => page.getByTestId('job').filter({ hasText: 'Extract observatory.ova' });

/** What each job that starts from now on may read and write, in MiB/s; '' for all it can. */
async function limitSpeed(page: Page, speed: string): Promise<void> {
  await showSettings(page);
  const field = page.getByRole('textbox', { name: 'Speed, in MiB/s' });
  await field.fill(speed);
  await field.press('Tab');
}

/** Jobs that wait in an order that can be changed, what a job may take, and one that rests. */
async function* waitingOf(page: Page): AsyncGenerator<string> {
  await showLibrary(page);
  await libraryRow(page, 'mooring.img').click();
  await libraryRow(page, 'harbour-disk1.qcow2').click({ modifiers: ['Control'] });
  await libraryRow(page, 'harbour-disk1.qcow2').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Hash their content' }).click();
  await showJobs(page);
  const running = longJob(page);
  await running.getByRole('button', { name: /^Limits of / }).click();
  await expect(page.getByTestId('limits')).toBeVisible();
  await page.getByTestId('limits').getByRole('textbox').first().fill('a lot');
  yield 'job-limits';
  await page.keyboard.press('Escape');
  await running.getByRole('button', { name: /^Pause/ }).click();
  await expect(page.getByTestId('job').filter({ hasText: 'Paused' })).toHaveCount(1);
  yield 'jobs-paused';
  await page
    .getByTestId('job')
    .filter({ hasText: 'Paused' })
    .getByRole('button', { name: /^Resume/ })
    .click();
  await expect(running.getByRole('progressbar')).toBeVisible();
}

/** Watched folders: one with images, and the question before it is left. */
async function* foldersOf({ app, places }: Surroundings): AsyncGenerator<string> {
  await showSettings(app.page);
  await app.chooseFolder(app.page.getByRole('button', { name: 'Add folder…' }), join(places.home, 'Archive'));
  const folder = app.page.getByRole('listitem', { name: '~/Archive' });
  await expect(folder).toContainText('missing');
  await closeNotices(app.page);
  yield 'settings-folders';
  await folder.getByRole('button', { name: 'Stop watching ~/Archive' }).click();
  await expect(app.page.getByRole('alertdialog')).toBeVisible();
  yield 'folder-leaving';
  await app.page.keyboard.press('Escape');
}
