// What goes wrong, and what the window says of it: cancelling, damage, a full disk, files that cannot be read, hostile names.
import { chmodSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { applianceFacts, corruptAppliance, hostileAppliance } from '../fixtures/appliance.ts';
import { expect, test } from './app.ts';
import { mountTmpfs } from './full-disk.ts';
import { namesIn, provide } from './places.ts';
import { unprivilegedLauncher } from './unprivileged.ts';
import {
  choose,
  extraction,
  heading,
  integrity,
  jobs,
  notices,
  openExtractSheet,
  seeProgress,
  showJobs,
  startButton,
} from './views.ts';

const patienceAfterCancelMs = 1000;

test('cancelling stops within a second and leaves nothing behind', async ({
  app,
  places,
  largeAppliance,
}) => {
  const source = provide(largeAppliance.path, places.downloads);
  await app.dropFiles(source);
  const sheet = await openExtractSheet(app.page);
  await sheet.getByText('Options', { exact: true }).click();
  await choose(sheet, 'Variant', 'Compressed (zlib)');
  await startButton(sheet).click();
  await seeProgress(extraction(app.page).getByRole('progressbar'), 1);

  const cancelled = expect(extraction(app.page)).toContainText('The extraction was cancelled.', {
    timeout: patienceAfterCancelMs,
  });
  await extraction(app.page).getByRole('button', { name: 'Cancel Extract harbour.ova' }).click();
  await cancelled;
  expect(namesIn(places.downloads)).toEqual([basename(source)]);

  await showJobs(app.page);
  await expect(jobs(app.page).filter({ hasText: 'Extract harbour.ova' })).toHaveAttribute(
    'data-state',
    'cancelled',
  );
  await expect(jobs(app.page).filter({ hasText: 'Extract harbour.ova' })).toContainText('Cancelled');
});

test('a manifest that does not agree names the file and both digests', async ({ app, places, appliance }) => {
  const corrupt = await corruptAppliance(appliance, places.downloads);
  await app.dropFiles(corrupt.path);
  const verdict = integrity(app.page);
  await expect(verdict).toHaveAttribute('data-state', 'mismatch');
  await expect(verdict).toContainText('Not what the manifest says');
  await expect(verdict).toContainText(corrupt.file);
  await expect(verdict).toContainText(corrupt.expectedSha256);
  await expect(verdict).toContainText(corrupt.actualSha256);
  await expect(verdict).toContainText('2 other files are intact.');
});

test('a disk that fills up ends the extraction, and the space is given back', async ({
  app,
  places,
  appliance,
}) => {
  const disk = mountTmpfs(join(places.root, 'full'), 64 * 1024 * 1024);
  try {
    await app.dropFiles(provide(appliance.path, places.downloads));
    const sheet = await openExtractSheet(app.page);
    await app.chooseFolder(sheet.getByRole('button', { name: /^Choose/ }), disk.folder);
    await expect(startButton(sheet)).toBeEnabled();
    // After the plan was made, somebody else takes the room.
    writeFileSync(join(disk.folder, 'somebody else'), Buffer.alloc(52 * 1024 * 1024));
    const freeBefore = freeBytes(disk.folder);
    await startButton(sheet).click();

    await expect(extraction(app.page)).toContainText('There is not enough space for');
    await expect(extraction(app.page)).toContainText(
      'Make room on that drive, or choose a folder on another one.',
    );
    expect(namesIn(disk.folder)).toEqual(['somebody else']);
    expect(freeBytes(disk.folder)).toBe(freeBefore);
  } finally {
    disk.unmount();
  }
});

test('a disk that is too small is told before anything is written', async ({ app, places, appliance }) => {
  const disk = mountTmpfs(join(places.root, 'small'), 4 * 1024 * 1024);
  try {
    await app.dropFiles(provide(appliance.path, places.downloads));
    const sheet = await openExtractSheet(app.page);
    await app.chooseFolder(sheet.getByRole('button', { name: /^Choose/ }), disk.folder);
    await expect(sheet.getByTestId('plan')).toContainText('There is not enough room');
    await expect(startButton(sheet)).toBeDisabled();
    expect(namesIn(disk.folder)).toEqual([]);
  } finally {
    disk.unmount();
  }
});

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

test('a file that may not be read is named', async ({ makeApp, host, places, appliance }) => {
  const app = makeApp({ launcher: unprivilegedLauncher(places, host) });
  await app.start();
  const path = join(places.downloads, 'locked.ova');
  provide(appliance.path, places.downloads, 'other.ova');
  writeFileSync(path, 'anything');
  chmodSync(path, 0o000);
  await app.dropFiles(path);
  await expect(notices(app.page)).toContainText('The system does not allow access to');
  await expect(notices(app.page)).toContainText('locked.ova');
});

test('an output folder that may not be written to is named', async ({ makeApp, host, places, appliance }) => {
  const app = makeApp({ launcher: unprivilegedLauncher(places, host) });
  await app.start();
  const folder = join(places.root, 'read only');
  mkdirSync(folder, { mode: 0o555 });
  await app.dropFiles(provide(appliance.path, places.downloads));
  const sheet = await openExtractSheet(app.page);
  await app.chooseFolder(sheet.getByRole('button', { name: /^Choose/ }), folder);
  await startButton(sheet).click();
  await expect(extraction(app.page)).toContainText('The system does not allow access to');
  await expect(extraction(app.page)).toContainText('harbour-disk1.qcow2');
  expect(namesIn(folder)).toEqual([]);
});

test('a name that climbs out of the package is refused by name', async ({ app, places, appliance }) => {
  const path = await hostileAppliance(appliance, places.downloads);
  await app.dropFiles(path);
  const { page } = app;
  await expect(heading(page, applianceFacts.product)).toBeVisible();
  await expect(page.getByRole('main')).toContainText(
    '“../evil.vmdk” is not opened: it climbs out of the package.',
  );
  await expect(integrity(page)).toContainText('../evil.vmdk');
  const sheet = await openExtractSheet(page);
  await expect(sheet.getByRole('checkbox', { name: 'evil.vmdk' })).toBeDisabled();
  await startButton(sheet).click();
  await expect(extraction(page)).toContainText('“harbour-disk2.qcow2” is ready.');
  expect(namesIn(places.downloads)).toEqual(['harbour-disk2.qcow2', 'hostile.ova']);
  expect(namesIn(places.home)).not.toContain('evil.vmdk');
});

test('an output that is there already is never replaced unasked', async ({ app, places, appliance }) => {
  const taken = join(places.downloads, 'harbour-disk1.qcow2');
  writeFileSync(taken, 'mine');
  await app.dropFiles(provide(appliance.path, places.downloads));
  const sheet = await openExtractSheet(app.page);
  await expect(sheet.getByTestId('plan')).toContainText('is there already.');
  await expect(startButton(sheet)).toBeDisabled();
  await sheet.getByRole('checkbox', { name: 'Replace files that are there already' }).click();
  await expect(startButton(sheet)).toBeEnabled();
});
