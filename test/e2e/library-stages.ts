/** The stages of the library: what it shows of one entry, and the ways it can be looked at. */
import { join } from 'node:path';

import { expect } from './app.ts';
import { makeOverlay, makePartitionedDisk } from './images.ts';
import type { Surroundings } from './stages.ts';
import { closeNotices, details, libraryRow } from './views.ts';

/** The pages of the details beside the list: of an image on top of another one, with a snapshot, and of one with partitions. */
export async function* detailsOf({ app, places }: Surroundings): AsyncGenerator<string> {
  const { page } = app;
  const folder = places.downloads;
  await app.dropFiles(
    await makeOverlay(join(folder, 'harbour-disk1.qcow2'), 'harbour-test.qcow2'),
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
  await libraryRow(page, 'mooring.img').click();
  await tab('Disk', 'mooring.img');
  await expect(details(page, 'mooring.img')).toContainText('EFI system');
  yield 'details-partitions';
  await libraryRow(page, 'harbour-disk1.qcow2').click();
  await tab('History', 'harbour-disk1.qcow2');
  await expect(details(page, 'harbour-disk1.qcow2')).toContainText('Added to the library');
  yield 'details-history';
  await tab('Overview', 'harbour-disk1.qcow2');
}
