// An image is made ready for a cloud in the window: from the drop to the files, with its metadata, its fixes and its commands.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { applianceFacts } from '../fixtures/appliance.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import { expect, test } from './app.ts';
import { provide } from './places.ts';
import { choose, heading, libraryRow, openImage, chooseImageAction, showLibrary } from './views.ts';

test('an OVA that is dropped becomes a qcow2 with properties, by Fix all and Prepare', async ({
  app,
  places,
  appliance,
}) => {
  const { page } = app;
  await app.dropFiles(provide(appliance.path, places.downloads));
  await expect(heading(page, applianceFacts.product)).toBeVisible();
  await page.getByRole('button', { name: 'Add to library' }).click();
  await showLibrary(page);
  await libraryRow(page, 'harbour.ova').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Check for clouds' }).click();
  const card = page.getByRole('article', { name: 'OpenStack' });
  await expect(card).toContainText('Fixable');
  await card.getByRole('button', { name: /^Fix all/ }).click();

  await expect(heading(page, 'harbour.ova')).toBeFocused();
  const plan = page.getByTestId('preparation-plan');
  await expect(plan).toContainText('harbour-openstack-1.qcow2');
  await expect(page.getByTestId('verdict-after')).toHaveAttribute('data-verdict', 'ready');
  const metadata = page.getByTestId('metadata');
  await expect(metadata.getByTestId('metadata-hw_disk_bus')).toContainText('scsi');
  await choose(metadata, 'Disk bus', 'virtio');
  await choose(metadata, 'SCSI controller', 'Not set');
  const commands = page.getByTestId('hand-over');
  await expect(commands).toContainText('--property hw_disk_bus=virtio');
  await expect(commands).not.toContainText('hw_scsi_model');

  // What was chosen is kept, and used again.
  await metadata.getByText('Presets').click();
  await page.getByTestId('preset-name').fill('servers');
  await metadata.getByRole('button', { name: 'Save' }).click();
  await expect(metadata.getByRole('button', { name: 'Use servers' })).toBeVisible();

  await page.getByTestId('start-preparing').click();
  const card2 = page.getByTestId('preparation');
  await expect(card2).toContainText('2 files are ready.', { timeout: 60_000 });
  const made = join(places.downloads, 'harbour-openstack-1.qcow2');
  const info = await runTool('qemu-img', ['info', '--output=json', made]);
  expect(JSON.parse(info)).toMatchObject({ format: 'qcow2' });
  const provenance = JSON.parse(
    readFileSync(join(places.downloads, 'harbour-openstack.provenance.json'), 'utf8'),
  );
  expect(provenance.metadata).toMatchObject({ hw_disk_bus: 'virtio' });
  await card2.getByRole('button', { name: 'Show in library' }).click();
  await expect(libraryRow(page, 'harbour-openstack-1.qcow2')).toBeVisible();
});

test('single fixes join the plan, and what is left is said', async ({ app, places }) => {
  const { page } = app;
  const path = join(places.downloads, 'odd.raw');
  await runTool('qemu-img', ['create', '-f', 'raw', path, '25166336']);
  await app.dropFiles(path);
  await openImage(page, 'odd.raw');
  await chooseImageAction(page, 'Check for clouds');
  const card = page.getByRole('article', { name: 'Microsoft Azure' });
  const fix = card.getByRole('button', { name: 'Fix: Convert it to a fixed VHD' });
  await fix.focus();
  await page.keyboard.press('Enter');
  await expect(fix).toHaveAttribute('aria-pressed', 'true');
  await card.getByRole('button', { name: 'Prepare with 1 fix…' }).click();

  const after = page.getByTestId('verdict-after');
  await expect(after).toHaveAttribute('data-verdict', 'fixable');
  await expect(after).toContainText('whole MiB');
  const fixes = page.getByTestId('fixes');
  await fixes.getByRole('checkbox', { name: 'Grow the disk to 25 MiB' }).check();
  await expect(after).toHaveAttribute('data-verdict', 'ready');
  await page.getByTestId('start-preparing').click();
  await expect(page.getByTestId('preparation')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
  expect(statSync(join(places.downloads, 'odd-azure.vhd')).size).toBe(25 * 2 ** 20 + 512);
  expect(existsSync(join(places.downloads, 'odd-azure.hand-over.sh'))).toBe(true);

  // The names are taken now: nothing is replaced without a word.
  await page.getByTestId('prepare-name').fill('other');
  await expect(page.getByTestId('start-preparing')).toBeEnabled();
  await page.getByTestId('prepare-name').fill('odd-azure');
  await expect(page.getByTestId('plan-failure')).toContainText('odd-azure.vhd');
  await expect(page.getByTestId('start-preparing')).toBeDisabled();
});
