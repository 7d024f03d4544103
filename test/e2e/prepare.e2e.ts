// An image is made ready for a cloud in the window: from the drop to the files, with its metadata, its fixes and its commands.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { applianceFacts } from '../fixtures/appliance.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import { expect, test } from './app.ts';
import { complaintsOf } from './axe.ts';
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

test('what cannot be planned is said, and the form stays as it was filled in', async ({ app, places }) => {
  const { page } = app;
  const path = join(places.downloads, 'lamp.qcow2');
  await runTool('qemu-img', ['create', '-f', 'qcow2', path, '64M']);
  const shown = encodeURIComponent(path);
  await page.evaluate((file) => (location.hash = `#/prepare/${file},openstack`), shown);
  const metadata = page.getByTestId('metadata');
  const commands = page.getByTestId('hand-over');
  await expect(commands).toContainText('lamp-openstack');
  await metadata
    .getByText('More values')
    .or(metadata.getByText('Values', { exact: true }))
    .click();

  // A value that is wrong: beside its field, and in the plan's place.
  const distribution = metadata.getByTestId('metadata-os_distro');
  await distribution.fill('Debian GNU');
  await expect(page.getByTestId('plan-failure')).toContainText('os_distro does not take');
  await expect(metadata).toContainText('Not of the right form');
  await expect(distribution).toHaveValue('Debian GNU');
  await expect(distribution).toBeFocused();
  await expect(page.getByTestId('start-preparing')).toBeDisabled();
  await expect(commands).toContainText('lamp-openstack');
  expect(await complaintsOf(page)).toEqual([]);
  await distribution.fill('debian');
  await expect(commands).toContainText('--property os_distro=debian');
  await expect(page.getByTestId('plan-failure')).toHaveCount(0);

  // A name that is none.
  await page.getByTestId('prepare-name').fill('two words');
  await expect(page.getByTestId('plan-failure')).toBeVisible();
  await expect(distribution).toHaveValue('debian');
  await page.getByTestId('prepare-name').fill('lamp-2');
  await expect(commands).toContainText('--file ./lamp-2.qcow2');

  // Values that need each other, one that is not known, and one of the person's own.
  await choose(metadata, 'SCSI controller', 'virtio-scsi');
  await expect(metadata.getByTestId('concern')).toContainText('It needs the disk bus scsi');
  await choose(metadata, 'Disk bus', 'scsi');
  await expect(metadata.getByTestId('concern')).toHaveCount(0);
  await choose(metadata, 'Disk bus', 'Another value…');
  await metadata.getByTestId('metadata-hw_disk_bus-other').fill('nvme');
  await expect(commands).toContainText('--property hw_disk_bus=nvme');
  await expect(metadata.getByTestId('concern').first()).toContainText('none of the values that are known');
  const own = metadata.getByTestId('own-metadata');
  await own.getByRole('button', { name: 'Add a value of your own' }).click();
  await expect(own.getByLabel('Name of value 1')).toBeFocused();
  await page.keyboard.type('os_glance_mine');
  await expect(own).toContainText('The cloud takes no such name.');
  await expect(page.getByTestId('start-preparing')).toBeDisabled();
  await own.getByLabel('Name of value 1').fill('team');
  await own.getByLabel('Value of team').fill('harbour crew');
  await expect(commands).toContainText("'team=harbour crew'");
  expect(await complaintsOf(page)).toEqual([]);

  // A preset keeps all of that.
  await metadata.getByText('Presets').click();
  await page.getByTestId('preset-name').fill('crew');
  await metadata.getByRole('button', { name: 'Save' }).click();
  await own.getByRole('button', { name: 'Take away team' }).click();
  await expect(commands).not.toContainText('team=');
  await metadata.getByRole('button', { name: 'Use crew' }).click();
  await expect(commands).toContainText("'team=harbour crew'");
  await expect(own.getByLabel('Value of team')).toHaveValue('harbour crew');

  await page.getByTestId('start-preparing').click();
  await expect(page.getByTestId('preparation')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
  const provenance = JSON.parse(readFileSync(join(places.downloads, 'lamp-2.provenance.json'), 'utf8'));
  expect(provenance.metadata).toMatchObject({
    team: 'harbour crew',
    hw_disk_bus: 'nvme',
    os_distro: 'debian',
  });
});
