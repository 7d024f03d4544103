/** S3, Amazon and Google in the window: an account is typed in, a disk goes there, is seen with its record, and is deleted. */
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';

import { runTool } from '../fixtures/appliance-disk.ts';
import { startEbsDirect } from '../setup/aws/ebs-direct.ts';
import { bucket, project, startGoogleCloud } from '../setup/google/google-cloud.ts';
import { startS3rver } from '../setup/s3/s3rver.ts';
import { newAccount, typedIn, typeS3 } from './accounts.ts';
import { expect, test } from './app.ts';
import { complaintsOf, contrastComplaintsOf } from './axe.ts';
import type { HostApp } from './host-app.ts';
import type { Places } from './places.ts';
import { choose, chooseImageAction, navigation, openImage, showJobs } from './views.ts';

async function addAccount(page: Page, form: Locator, answer: string): Promise<void> {
  expect(await complaintsOf(page)).toEqual([]);
  await form.getByRole('button', { name: 'Add and log in' }).click();
  await expect(page.getByTestId('account')).toContainText(answer);
}

async function makeDisk({ downloads }: Places): Promise<string> {
  const path = join(downloads, 'buoy.qcow2');
  await runTool('qemu-img', ['create', '-f', 'qcow2', path, '24M']);
  await runTool('qemu-io', ['-c', 'write -P 7 5M 300k', path]);
  return path;
}

/** Opens the form of an upload of a file that is not in the library yet. */
async function uploadSheet(app: HostApp, path: string, name: string): Promise<Locator> {
  await app.dropFiles(path);
  await openImage(app.page, name);
  await chooseImageAction(app.page, 'Upload to a cloud…');
  return app.page.getByTestId('upload-sheet');
}

async function start(page: Page, sheet: Locator, outcome: string | RegExp): Promise<void> {
  expect(await complaintsOf(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await contrastComplaintsOf(page)).toEqual([]);
  await sheet.getByTestId('start-upload').click();
  await showJobs(page);
  await expect(page.getByTestId('job').first()).toContainText(outcome, { timeout: 60_000 });
}

/** In the list of the cloud's images, and nothing is left half-made. */
async function shown(page: Page, name: string): Promise<Locator> {
  await navigation(page).getByRole('button', { name: 'Clouds' }).click();
  await page.getByRole('button', { name: 'Images of store' }).click();
  const image = page.getByTestId('cloud-image').filter({ hasText: name });
  await expect(image).toBeVisible();
  await expect(page.getByText('left in a cloud')).toHaveCount(0);
  return image;
}

async function deleted(page: Page, image: Locator): Promise<void> {
  await image.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete in the cloud' }).click();
  await expect(page.getByTestId('cloud-images')).toContainText('There are no images there yet.');
}

test('an S3: a disk is converted while it goes there, comes back, and is deleted', async ({
  app,
  places,
}) => {
  test.setTimeout(6 * 60_000);
  const cloud = await startS3rver(join(places.root, 's3'), 'images');
  try {
    const { page } = app;
    const form = await newAccount(page, 'S3');
    await typeS3(form, cloud);
    await addAccount(page, form, cloud.endpoint);
    const path = await makeDisk(places);
    const sheet = await uploadSheet(app, path, 'buoy.qcow2');
    await choose(sheet, 'Sent', 'As compressed VMDK, converted while it is sent');
    await sheet.getByLabel('Key', { exact: true }).fill('buoy.vmdk');
    await start(page, sheet, 'stored in store');
    const image = await shown(page, 'buoy.vmdk');
    await expect(image).toContainText('by Platter');
    await runTool('qemu-img', ['compare', '-f', 'vmdk', '-F', 'qcow2', cloud.fileOf('buoy.vmdk'), path]);
    await deleted(page, image);
  } finally {
    await cloud.stop();
  }
});

test('Amazon: a disk becomes a snapshot and an image, and both go', async ({ app, places }) => {
  test.setTimeout(6 * 60_000);
  const cloud = await startEbsDirect();
  try {
    const { page } = app;
    const form = await newAccount(page, 'Amazon EC2');
    await choose(form, 'Credentials', typedIn);
    await form.getByLabel('Access key id').fill(cloud.accessKeyId);
    await form.getByLabel('Secret access key').fill('a-secret');
    await form.getByLabel('Region').fill('eu-test-1');
    await form.getByText('More', { exact: true }).click();
    await form.getByLabel('Address of EBS').fill(cloud.address);
    await form.getByLabel('Address of EC2').fill(cloud.address);
    await addAccount(page, form, 'eu-test-1');
    const sheet = await uploadSheet(app, await makeDisk(places), 'buoy.qcow2');
    await expect(sheet).toContainText('Its blocks that hold anything');
    await sheet.getByLabel('Name in EC2').fill('buoy');
    await start(page, sheet, 'in store');
    expect([...cloud.images.values()]).toHaveLength(1);
    const image = await shown(page, 'buoy');
    await expect(image).toContainText('by Platter');
    await deleted(page, image);
    expect(cloud.images.size + cloud.snapshots.size).toBe(0);
    expect(cloud.breaches).toEqual([]);
  } finally {
    await cloud.close();
  }
});

test('Google: a packed disk becomes an image, and its file goes', async ({ makeApp, places }) => {
  test.setTimeout(6 * 60_000);
  const cloud = await startGoogleCloud();
  // The usual credentials of a machine in Google's cloud.
  process.env.GCE_METADATA_HOST = cloud.metadataHost;
  process.env.METADATA_SERVER_DETECTION = 'assume-present';
  try {
    const app = makeApp();
    await app.start();
    const { page } = app;
    const form = await newAccount(page, 'Google Cloud');
    await form.getByLabel('Project', { exact: true }).fill(project);
    await form.getByLabel('Bucket', { exact: true }).fill(bucket);
    await form.getByText('More', { exact: true }).click();
    await form.getByLabel('Address of Cloud Storage').fill(cloud.address);
    await form.getByLabel('Address of Compute Engine').fill(cloud.address);
    await addAccount(page, form, project);
    const { downloads } = places;
    const raw = join(downloads, 'disk.raw');
    const disk = await makeDisk(places);
    await runTool('qemu-img', ['convert', '-O', 'raw', disk, raw]);
    const path = join(downloads, 'buoy.tar.gz');
    await runTool('tar', ['--format=oldgnu', '-Sczf', path, '-C', downloads, 'disk.raw']);
    const sheet = await uploadSheet(app, path, 'buoy.tar.gz');
    await expect(sheet.getByRole('combobox', { name: /^Sent / })).toContainText('As it is');
    await sheet.getByLabel('Name of the image').fill('buoy');
    await start(page, sheet, 'the same md5 on both sides');
    expect([...cloud.images.keys()]).toEqual(['buoy']);
    expect(cloud.objects.size).toBe(0);
    const image = await shown(page, 'buoy');
    await expect(image).toContainText('by Platter');
    await deleted(page, image);
    expect(cloud.images.size).toBe(0);
    // The same without a file in between.
    await uploadSheet(app, disk, 'buoy.qcow2');
    await expect(sheet.getByRole('combobox', { name: /^Sent / })).toContainText('Packed as tar.gz');
    await sheet.getByLabel('Name of the image').fill('direct');
    await start(page, sheet, 'the same md5 on both sides');
    expect([...cloud.images.keys()]).toEqual(['direct']);
    expect(cloud.breaches).toEqual([]);
  } finally {
    delete process.env.GCE_METADATA_HOST;
    delete process.env.METADATA_SERVER_DETECTION;
    await cloud.close();
  }
});
