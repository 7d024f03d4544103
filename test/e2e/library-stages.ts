/** The stages of the library: what it shows of one entry, and the ways it can be looked at. */
import { join } from 'node:path';
import type { Page } from '@playwright/test';

import { expect } from './app.ts';
import { makeMachine, makeOverlay, makePartitionedDisk } from './images.ts';
import type { Surroundings } from './stages.ts';
import { closeNotices, details, libraryRow, showJobs, showLibrary } from './views.ts';

/** The pages of the details beside the list: of an image on top of another one, with a snapshot, and of one with partitions. */
export async function* detailsOf({ app, places }: Surroundings): AsyncGenerator<string> {
  const { page } = app;
  const folder = places.downloads;
  await app.dropFiles(
    await makeOverlay(join(folder, 'harbour-disk1.qcow2'), 'harbour-test.qcow2'),
    // What two stand on is listed by itself.
    await makeOverlay(join(folder, 'harbour-disk1.qcow2'), 'harbour-trial.qcow2'),
    await makeMachine(folder, 'beacon'),
    join(folder, 'beacon.vmdk'),
    await makePartitionedDisk(folder, 'mooring.img'),
  );
  await libraryRow(page, 'harbour-test.qcow2').click();
  const tab = (name: string, of: string): Promise<void> =>
    details(page, of).getByRole('tab', { name }).click();
  await tab('Disk', 'harbour-test.qcow2');
  await page.getByRole('slider', { name: 'Place on the disk' }).press('ArrowRight');
  await expect(page.getByTestId('map-words')).toContainText('harbour-disk1.qcow2');
  await closeNotices(page);
  yield 'details-disk';
  await page.getByRole('slider', { name: 'Place on the disk' }).press('Enter');
  await expect(page.getByRole('button', { name: 'The whole disk' })).toBeEnabled();
  yield 'details-disk-closer';
  await tab('Layers', 'harbour-test.qcow2');
  await expect(details(page, 'harbour-test.qcow2')).toContainText('before the storm');
  yield 'details-layers';
  await libraryRow(page, 'beacon.vmx').click();
  await tab('Overview', 'beacon.vmx');
  await expect(page.getByTestId('parts')).toContainText('beacon-flat.vmdk');
  yield 'details-parts';
  await libraryRow(page, 'beacon.vmx').click();
  await page.keyboard.press('Delete');
  await expect(page.getByRole('alertdialog')).toContainText('beacon-flat.vmdk');
  yield 'remove-with-parts';
  await page.keyboard.press('Escape');
  await libraryRow(page, 'mooring.img').click();
  await tab('Disk', 'mooring.img');
  await expect(details(page, 'mooring.img')).toContainText('EFI system');
  yield 'details-partitions';
  await libraryRow(page, 'harbour-disk1.qcow2').click();
  await tab('History', 'harbour-disk1.qcow2');
  await expect(details(page, 'harbour-disk1.qcow2')).toContainText('Added to the library');
  yield 'details-history';
  await tab('Overview', 'harbour-disk1.qcow2');
  yield* actionsOf(page);
}

/** What can be done: by words, with a key, and with several images at once. */
async function* actionsOf(page: Page): AsyncGenerator<string> {
  await libraryRow(page, 'harbour-disk1.qcow2').click();
  await page.keyboard.press('Control+k');
  const palette = page.getByTestId('palette');
  await expect(palette.getByRole('option', { name: 'Open details' })).toHaveAttribute(
    'aria-selected',
    'true',
  );
  yield 'palette';
  await page.getByRole('combobox', { name: 'Command' }).fill('harbour');
  await expect(palette.getByRole('option', { name: /^harbour-test.qcow2/ })).toBeVisible();
  yield 'palette-images';
  await page.getByRole('combobox', { name: 'Command' }).fill('lighthouse');
  await expect(palette).toContainText('Nothing answers to that.');
  yield 'palette-nothing';
  await page.keyboard.press('Escape');

  await libraryRow(page, 'mooring.img').click();
  await page.keyboard.press('Space');
  await expect(page.getByTestId('quick-look').getByRole('slider')).toBeVisible();
  yield 'quick-look';
  await page.keyboard.press('Space');
  await expect(page.getByTestId('quick-look')).toHaveCount(0);

  await libraryRow(page, 'harbour-disk1.qcow2').click({ modifiers: ['Control'] });
  await libraryRow(page, 'harbour-disk1.qcow2').click({ button: 'right' });
  await expect(page.getByRole('menuitem', { name: 'Compare the two' })).toBeVisible();
  yield 'library-menu-many';
  await page.getByRole('menuitem', { name: 'Convert 2 images…' }).click();
  await expect(page.getByTestId('batch-sheet').getByTestId('plan')).toContainText('Takes');
  yield 'convert-many';
  await page.getByTestId('start-making').click();
  await expect(page.getByTestId('batch-sheet')).toHaveCount(0);
  await showJobs(page);
  const group = page.getByTestId('job-group');
  await expect(group.getByTestId('group-words')).toContainText('2 of 2 done');
  await group.getByText('Jobs', { exact: true }).click();
  await expect(group.getByTestId('job')).toHaveCount(2);
  yield 'jobs-group';
  await group.getByRole('button', { name: 'Forget Convert 2 images to qcow2' }).click();
  await expect(group).toHaveCount(0);
  await showLibrary(page);
  await closeNotices(page);
  await libraryRow(page, 'harbour-disk1.qcow2').click();
}
