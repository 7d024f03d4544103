// The main job: an appliance is dropped into the window, looked into, extracted, and is a disk in the library that lasts.
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import { formatBytes } from '../../shared/text/units.ts';
import { applianceFacts, type Appliance } from '../fixtures/appliance.ts';
import { expect, test, type HostApp } from './app.ts';
import { watchForCopies } from './copies.ts';
import { allocatedBytes, expectClean, expectIdentical } from './judges.ts';
import { namesIn, provide } from './places.ts';
import {
  choose,
  details,
  extraction,
  fact,
  heading,
  integrity,
  libraryRow,
  openExtractSheet,
  seeProgress,
  startButton,
  watchProgress,
} from './views.ts';

const output = 'harbour-disk1.qcow2';

test('an appliance goes in, a disk that is identical comes out and stays in the library', async ({
  app,
  places,
  largeAppliance,
}) => {
  const source = provide(largeAppliance.path, places.downloads);
  const outputPath = join(places.downloads, output);
  const { page } = app;

  await test.step('the library is empty and says what to do', async () => {
    await expect(page.getByRole('heading', { name: 'Drop an appliance here' })).toBeVisible();
  });
  await test.step('the appliance is dropped into the window', async () => {
    await app.dropFiles(source);
    await expect(heading(page, applianceFacts.product)).toBeVisible();
  });
  await test.step('the page shows what is in it', () => expectPackagePage(app, largeAppliance));
  await test.step('the manifest agrees', async () => {
    await expect(integrity(page)).toContainText('The manifest is valid');
    await expect(integrity(page)).toContainText('2 files are what the manifest says (SHA256).');
  });

  const watch = watchForCopies({
    processIds: () => app.processIds,
    folders: [places.root],
    isAllowed: (path) =>
      path === source ||
      path === outputPath ||
      /\/\.harbour-disk1\.qcow2\.[0-9a-f]+\.platter-partial$/.test(path),
  });
  await test.step('Extract is clicked, and progress is seen to move', async () => {
    const sheet = await openExtractSheet(page);
    await expect(sheet.getByTestId('output-folder')).toHaveText(/Downloads$/);
    await expect(sheet.getByTestId('plan')).toContainText(/Takes (at most |about )?[\d.]+ [MG]iB/);
    await expect(sheet.getByTestId('plan')).toContainText(/[\d.]+ [MGT]iB free there/);
    const progress = await watchProgress(page);
    await startButton(sheet).click();
    await expect(page.getByTestId('progress-numbers').first()).toContainText(/[\d.]+ .*of [\d.]+ GiB/);
    await expect(extraction(page)).toContainText(`“${output}” is ready.`, { timeout: 60_000 });
    await progress.expectRises(2);
  });
  await test.step('no copy was made at any time', () => {
    const { strangers, looks } = watch.stop();
    expect(strangers).toEqual([]);
    expect(looks).toBeGreaterThan(10);
    expect(namesIn(places.downloads)).toEqual([output, basename(source)].sort());
    return Promise.resolve();
  });
  await test.step('it is in the library', async () => {
    await page.getByRole('button', { name: 'Show in library' }).click();
    await expectInLibrary(app, outputPath, largeAppliance);
  });
  await test.step('and still there after a restart', async () => {
    await app.restart();
    await libraryRow(app.page, output).click();
    await expectInLibrary(app, outputPath, largeAppliance);
  });
  await test.step('qemu-img says that it is identical and well formed', async () => {
    await expectIdentical(largeAppliance.disks[0]!.rawPath, outputPath, 'qcow2');
    await expectClean(outputPath);
  });
});

async function expectPackagePage({ page }: HostApp, appliance: Appliance): Promise<void> {
  const facts = applianceFacts;
  const main = page.getByRole('main');
  const disk = appliance.disks[0]!;
  await expect(main).toContainText(`${facts.vendor} · Version ${facts.version}`);
  for (const line of facts.annotation.split('\n')) await expect(main).toContainText(line);
  await expect(fact(main, 'Guest system')).toContainText(facts.os);
  await expect(fact(main, 'Processors')).toHaveText('2 vCPUs');
  await expect(fact(main, 'Memory')).toHaveText('2 GiB');
  const row = main
    .getByRole('table', { name: `Disks of ${facts.name}` })
    .getByRole('row')
    .nth(1);
  await expect(row).toContainText(disk.file);
  await expect(row).toContainText(/VMDK/i);
  await expect(row).toContainText('SCSI 0:0 (lsilogic)');
  await expect(row).toContainText(formatBytes(disk.capacityBytes));
  await expect(row).toContainText(formatBytes(disk.vmdkBytes));
  const adapter = main.getByRole('table', { name: 'Network adapters' }).getByRole('row').nth(1);
  await expect(adapter).toContainText(facts.adapter);
  await expect(adapter).toContainText(facts.network);
  await expect(main).toContainText(facts.networkDescription);
  // Until then what is below it moves.
  await expect(integrity(page)).toContainText('The manifest is valid');
  await main.getByRole('button', { name: /^Read / }).click();
  await expect(page.getByRole('dialog').getByLabel('Licence text')).toHaveText(facts.license);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

async function expectInLibrary({ page }: HostApp, path: string, appliance: Appliance): Promise<void> {
  expect(existsSync(path)).toBe(true);
  const { capacityBytes, file } = appliance.disks[0]!;
  await expect(libraryRow(page, output)).toHaveAttribute('aria-selected', 'true');
  const panel = details(page, output);
  await expect(panel).toContainText('Disk image');
  await expect(panel).toContainText(/qcow2/i);
  await expect(fact(panel, 'Virtual size')).toHaveText(formatBytes(capacityBytes));
  await expect(fact(panel, 'On disk')).toHaveText(formatBytes(allocatedBytes(path)));
  await expect(fact(panel, 'Origin')).toHaveText('Extracted from harbour.ova');
  await expect(fact(panel, 'Disk')).toHaveText(file);
  await expect(fact(panel, 'Added')).toHaveText(/\d{1,2} \w{3} \d{4}, \d\d:\d\d/);
  await expect(panel).toContainText(path);
}

test('an extraction goes on while the window is closed', async ({ app, places, largeAppliance }) => {
  const source = provide(largeAppliance.path, places.downloads);
  const isPartial = (name: string): boolean => name.endsWith('.platter-partial');
  await app.dropFiles(source);
  const sheet = await openExtractSheet(app.page);
  // Compressing takes so long that the window can be gone for a while.
  await sheet.getByText('Options', { exact: true }).click();
  await choose(sheet, 'Variant', 'Compressed (zlib)');
  await startButton(sheet).click();
  await seeProgress(extraction(app.page).getByRole('progressbar'), 1);

  await app.closeWindow();
  expect(namesIn(places.downloads).filter(isPartial)).toHaveLength(1);
  await app.reopenWindow();

  expect(namesIn(places.downloads).filter(isPartial)).toHaveLength(1);
  await seeProgress(app.page.getByRole('region', { name: 'Running jobs' }).getByRole('progressbar'), 2);
  await expect(libraryRow(app.page, output)).toBeVisible({ timeout: 80_000 });
  await expectIdentical(largeAppliance.disks[0]!.rawPath, join(places.downloads, output), 'qcow2');
});
