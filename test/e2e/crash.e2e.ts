// A crash in the middle of an extraction: afterwards the job is shown as interrupted, nothing half is left, and Retry works.
import { basename, join } from 'node:path';

import { expect, test } from './app.ts';
import { expectClean, expectIdentical } from './judges.ts';
import { namesIn, provide } from './places.ts';
import {
  choose,
  extraction,
  jobs,
  libraryRow,
  openExtractSheet,
  seeProgress,
  showJobs,
  showLibrary,
  startButton,
} from './views.ts';

const output = 'harbour-disk1.qcow2';

test('after a crash the job is interrupted, its partial file is removed, and Retry does it again', async ({
  app,
  places,
  largeAppliance,
}) => {
  const source = provide(largeAppliance.path, places.downloads);
  await app.dropFiles(source);
  const sheet = await openExtractSheet(app.page);
  await sheet.getByText('Options', { exact: true }).click();
  await choose(sheet, 'Variant', 'Compressed (zlib)');
  await choose(sheet, 'Cluster size', '128 KiB');
  await startButton(sheet).click();
  await seeProgress(extraction(app.page).getByRole('progressbar'), 1);

  await app.kill();
  expect(namesIn(places.downloads).filter((name) => name.endsWith('.platter-partial'))).toHaveLength(1);
  expect(namesIn(places.downloads)).not.toContain(output);

  await app.start();
  await expect.poll(() => namesIn(places.downloads)).toEqual([basename(source)]);
  await showJobs(app.page);
  const job = jobs(app.page).filter({ hasText: 'Extract harbour.ova' });
  await expect(job).toHaveAttribute('data-state', 'interrupted');
  await expect(job).toContainText('Interrupted');
  await expect(job).toContainText('It was interrupted:');

  await job.getByRole('button', { name: 'Retry' }).click();
  await expect(job.filter({ has: app.page.getByRole('progressbar') })).toBeVisible();
  await showLibrary(app.page);
  await expect(libraryRow(app.page, output)).toBeVisible({ timeout: 60_000 });
  await expectIdentical(largeAppliance.disks[0]!.rawPath, join(places.downloads, output), 'qcow2');
  await expectClean(join(places.downloads, output));
});
