// The whole way from an appliance to a real OpenStack and back, a set of three, and what a crash in the middle leaves there.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { applianceFacts } from '../fixtures/appliance.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import { startOpenStack, type RealOpenStack } from '../setup/openstack/cloud.ts';
import { startSlowProxy } from '../setup/openstack/slow-proxy.ts';
import { needsTool } from '../setup/tool-paths.ts';
import { noise } from '../electron/engine/pattern.ts';
import { expect, test } from './app.ts';
import { complaintsOf, contrastComplaintsOf } from './axe.ts';
import { provide, type Places } from './places.ts';
import {
  choose,
  chooseImageAction,
  heading,
  jobs,
  libraryRow,
  navigation,
  openImage,
  showJobs,
  showLibrary,
} from './views.ts';

test.skip(() => !needsTool('keystone-manage') || !needsTool('glance-api'), 'no OpenStack here');

let cloud: RealOpenStack;
test.beforeAll(async () => {
  cloud = await startOpenStack();
});
test.afterAll(() => cloud.stop());

/** What `openstack image list --long` says. */
interface Listed {
  readonly Name: string;
  readonly ID: string;
  readonly 'Disk Format': string;
}
const listed = async (): Promise<readonly Listed[]> =>
  (await cloud.client('image', 'list', '--long')) as Listed[];
const shown = async (id: string): Promise<{ properties: Record<string, string>; name: string }> =>
  (await cloud.client('image', 'show', id)) as { properties: Record<string, string>; name: string };
const sha512 = (path: string): string => createHash('sha512').update(readFileSync(path)).digest('hex');

/** Writes the account where OpenStack's own client looks for it. */
function writeAccount({ home }: Places, imageEndpoint?: string): void {
  const folder = join(home, '.config', 'openstack');
  mkdirSync(folder, { recursive: true });
  const lines = [
    'clouds:',
    '  lab:',
    `    region_name: ${cloud.region}`,
    ...(imageEndpoint === undefined ? [] : [`    image_endpoint_override: ${imageEndpoint}`]),
    '    auth:',
    `      auth_url: ${cloud.authUrl}`,
    '      username: admin',
    `      password: ${cloud.password}`,
    '      project_name: admin',
    '      user_domain_name: Default',
    '      project_domain_name: Default',
  ];
  writeFileSync(join(folder, 'clouds.yaml'), `${lines.join('\n')}\n`);
}

test('an OVA is dropped, mended, prepared, uploaded, edited, downloaded and deleted', async ({
  app,
  places,
  appliance,
}) => {
  test.slow();
  writeAccount(places);
  const { page } = app;
  await app.dropFiles(provide(appliance.path, places.downloads));
  await expect(heading(page, applianceFacts.product)).toBeVisible();
  await page.getByRole('button', { name: 'Add to library' }).click();
  await showLibrary(page);
  await libraryRow(page, 'harbour.ova').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Check for clouds' }).click();
  await page
    .getByRole('article', { name: 'OpenStack' })
    .getByRole('button', { name: /^Fix all/ })
    .click();

  // The cloud's own definitions join the form: Debian's metadefs know CPU policies, the documents here do not.
  const metadata = page.getByTestId('metadata');
  // Asked in the background: the form does not wait for it.
  await expect(metadata.getByTestId('metadata-account')).toContainText('lab', { timeout: 90_000 });
  await metadata.getByText('More values').click();
  await choose(metadata, 'CPU Pinning policy', 'dedicated');
  await expect(page.getByTestId('hand-over')).toContainText('--property hw_cpu_policy=dedicated');
  await metadata.getByRole('button', { name: 'Add a value of your own' }).click();
  await metadata.getByLabel('Name of value 1').fill('berth');
  await metadata.getByLabel('Value of berth').fill('seven');
  await expect(page.getByTestId('hand-over')).toContainText('berth=seven');
  await page.getByTestId('start-preparing').click();
  const ready = page.getByTestId('preparation');
  await expect(ready).toHaveAttribute('data-state', 'done', { timeout: 60_000 });

  await ready.getByRole('button', { name: 'Upload…' }).click();
  const sheet = page.getByTestId('upload-sheet');
  await expect(sheet.getByRole('list', { name: /What is sent/ })).toContainText('harbour-openstack-2.qcow2');
  await expect(sheet.getByLabel('Name in the cloud')).toHaveValue('harbour-openstack');
  await sheet.getByText('Properties', { exact: true }).click();
  await expect(sheet.getByTestId('upload-properties')).toContainText('Disk bus');
  await sheet.getByText('More', { exact: true }).click();
  await choose(sheet, 'How it gets there', 'Import by the cloud (glance-direct)');
  await sheet.getByRole('group', { name: 'Stores' }).getByRole('checkbox', { name: 'second' }).check();
  expect(await complaintsOf(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await contrastComplaintsOf(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
  await sheet.getByTestId('start-upload').click();
  await showJobs(page);
  await expect(jobs(page).first()).toContainText('the same sha512 on both sides', { timeout: 120_000 });

  await navigation(page).getByRole('button', { name: 'Clouds' }).click();
  await page.getByRole('button', { name: 'Images of lab' }).click();
  const image = page.getByRole('listitem', { name: 'harbour-openstack-1' });
  await expect(image).toBeVisible();
  await expect(page.getByRole('listitem', { name: 'harbour-openstack-2' })).toBeVisible();
  expect((await listed()).map((one) => one['Disk Format'])).toEqual(['qcow2', 'qcow2']);
  const first = (await listed()).find(({ Name }) => Name === 'harbour-openstack-1')!;
  expect((await shown(first.ID)).properties).toMatchObject({
    berth: 'seven',
    hw_cpu_policy: 'dedicated',
    hw_disk_bus: 'scsi',
    stores: 'second',
    os_hash_value: sha512(join(places.downloads, 'harbour-openstack-1.qcow2')),
  });

  await image.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Edit…' }).click();
  const edit = page.getByTestId('edit-cloud-image');
  await edit.getByLabel('Name', { exact: true }).fill('Harbour master');
  const properties = edit.getByRole('textbox', { name: 'Properties' });
  await properties.fill(`${(await properties.inputValue()).replace('berth=seven', 'berth=eight')}`);
  await edit.getByRole('button', { name: 'Save' }).click();
  const renamed = page.getByRole('listitem', { name: 'Harbour master' });
  await expect(renamed).toBeVisible();
  expect(await shown(first.ID)).toMatchObject({ name: 'Harbour master', properties: { berth: 'eight' } });

  await renamed.getByRole('button', { name: 'More actions' }).click();
  await app.chooseFolder(page.getByRole('menuitem', { name: 'Download…' }), places.downloads);
  await showJobs(page);
  await expect(jobs(page).first()).toContainText('the same sha512 on both sides', { timeout: 60_000 });
  await jobs(page).first().getByRole('button', { name: 'Show in library' }).click();
  await expect(libraryRow(page, 'Harbour master.qcow2')).toBeVisible();
  expect(sha512(join(places.downloads, 'Harbour master.qcow2'))).toBe(
    sha512(join(places.downloads, 'harbour-openstack-1.qcow2')),
  );

  await navigation(page).getByRole('button', { name: 'Clouds' }).click();
  await page.getByRole('button', { name: 'Images of lab' }).click();
  for (const name of ['Harbour master', 'harbour-openstack-2']) {
    const row = page.getByRole('listitem', { name });
    await row.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete in the cloud' }).click();
    await expect(row).toHaveCount(0);
  }
  expect(await listed()).toEqual([]);
});

test('a UEC tarball becomes a kernel, a RAM disk and an image that names them', async ({ app, places }) => {
  test.slow();
  writeAccount(places);
  const { page } = app;
  const at = (name: string): string => join(places.downloads, name);
  writeFileSync(at('tide.img'), '');
  await runTool('qemu-img', ['create', '-f', 'raw', at('tide.img'), '8M']);
  await runTool('mkfs.ext4', ['-q', at('tide.img')]);
  // A Linux kernel by its boot sector's marks (Documentation/arch/x86/boot.rst), and a RAM disk by cpio's.
  const kernel = Buffer.alloc(4096);
  kernel.writeUInt16LE(0xaa55, 0x1fe);
  kernel.write('HdrS', 0x202, 'latin1');
  kernel.writeUInt16LE(0x020f, 0x206);
  writeFileSync(at('tide-vmlinuz'), kernel);
  writeFileSync(at('tide-initrd'), ['070701', '0'.repeat(104), '\0'.repeat(402)].join(''));
  const names = ['tide.img', 'tide-vmlinuz', 'tide-initrd'];
  await runTool('tar', ['-czf', at('tide.tar.gz'), '-C', places.downloads, ...names]);
  await page.evaluate(
    (file) => (location.hash = `#/prepare/${file},openstack`),
    encodeURIComponent(at('tide.tar.gz')),
  );
  await expect(page.getByTestId('hand-over')).toContainText('KERNEL_ID');
  await page.getByTestId('start-preparing').click();
  const ready = page.getByTestId('preparation');
  await expect(ready).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
  await showJobs(page);
  await jobs(page).first().getByRole('button', { name: 'Upload…' }).click();
  const sheet = page.getByTestId('upload-sheet');
  await expect(sheet.getByRole('listitem')).toContainText(['kernel', 'RAM disk', 'image']);
  await sheet.getByTestId('start-upload').click();
  await expect(jobs(page).first()).toContainText('tide-openstack-ramdisk', { timeout: 60_000 });
  await expect(jobs(page).first()).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
  const images = await listed();
  const idOf = (format: string): string => images.find((image) => image['Disk Format'] === format)!.ID;
  expect((await shown(idOf('ami'))).properties).toMatchObject({
    kernel_id: idOf('aki'),
    ramdisk_id: idOf('ari'),
  });
});

test('the cloud fetches an image from a web address by itself, and says so where it cannot', async ({
  app,
  places,
}) => {
  test.slow();
  writeAccount(places);
  const path = join(places.downloads, 'beacon.qcow2');
  await runTool('qemu-img', ['create', '-f', 'qcow2', path, '32M']);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url === '/beacon.qcow2') response.end(readFileSync(path));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(cloud.downloadPort, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${cloud.downloadPort}`;
  try {
    const { page } = app;
    await app.dropFiles(path);
    const sheet = page.getByTestId('upload-sheet');
    const fetched = async (from: string): Promise<void> => {
      await openImage(page, 'beacon.qcow2');
      await chooseImageAction(page, 'Upload to a cloud…');
      // The cloud is asked first whether it fetches at all.
      await expect(async () => {
        await choose(sheet, 'Sent', 'Fetched by the cloud, from a web address');
      }).toPass({ timeout: 60_000 });
      await sheet.getByLabel('Address', { exact: true }).fill(from);
    };
    await fetched('ftp://127.0.0.1/beacon.qcow2');
    await expect(sheet).toContainText('An address begins with http:// or https://.');
    await expect(sheet.getByTestId('start-upload')).toBeDisabled();
    await sheet.getByLabel('Address', { exact: true }).fill(`${address}/beacon.qcow2`);
    expect(await complaintsOf(page)).toEqual([]);
    await sheet.getByTestId('start-upload').click();
    await showJobs(page);
    await expect(jobs(page).first()).toContainText('active in lab', { timeout: 90_000 });
    expect(asked).toContain('GET /beacon.qcow2');
    const beacon = (await listed()).find(({ Name }) => Name === 'beacon')!;
    expect(beacon['Disk Format']).toBe('qcow2');
    expect((await shown(beacon.ID)).properties).toMatchObject({ os_hash_value: sha512(path) });

    await showLibrary(page);
    await fetched(`${address}/not-there.qcow2`);
    await sheet.getByTestId('start-upload').click();
    await showJobs(page);
    await expect(jobs(page).first()).toHaveAttribute('data-state', 'failed', { timeout: 90_000 });
    await expect(jobs(page).first()).toContainText(`could not fetch ${address}/not-there.qcow2`);
    expect((await listed()).filter(({ Name }) => Name === 'beacon')).toHaveLength(1);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('what a killed upload left half-made is named, and deleted by Clean up', async ({ app, places }) => {
  test.slow();
  const proxy = await startSlowProxy(cloud.imageUrl);
  try {
    writeAccount(places, proxy.address);
    const path = join(places.downloads, 'wreck.raw');
    writeFileSync(path, noise(24 << 20, 9));
    await app.dropFiles(path);
    await openImage(app.page, 'wreck.raw');
    proxy.limit(2 << 20);
    await chooseImageAction(app.page, 'Upload to a cloud…');
    await app.page.getByTestId('upload-sheet').getByTestId('start-upload').click();
    await expect.poll(() => proxy.sentBytes, { timeout: 60_000 }).toBeGreaterThan(2 << 20);
    await app.kill();
    proxy.limit(null);
    const made = async (): Promise<readonly Listed[]> =>
      (await listed()).filter(({ Name }) => Name === 'wreck');
    expect(await made()).toHaveLength(1);

    await app.start();
    const { page } = app;
    await navigation(page).getByRole('button', { name: 'Clouds' }).click();
    await expect(page.getByText('1 half-made image left in a cloud')).toBeVisible();
    expect(await complaintsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Clean up' }).click();
    await expect(page.getByTestId('notice').getByText('1 half-made image deleted.')).toBeVisible();
    await expect(page.getByText('1 half-made image left in a cloud')).toHaveCount(0);
    expect(await made()).toEqual([]);
  } finally {
    await proxy.close();
  }
});
