/** Azure in the window: an account with its key, a disk that goes there as a page blob, and the list with it. */
import { join } from 'node:path';

import { runTool } from '../fixtures/appliance-disk.ts';
import { startAzurite } from '../setup/azurite/azurite.ts';
import { expect, test } from './app.ts';
import { complaintsOf, contrastComplaintsOf } from './axe.ts';
import { chooseImageAction, heading, navigation, openImage, showJobs } from './views.ts';

test('an account is typed in, a disk goes to its container, is seen there and deleted', async ({
  app,
  places,
}) => {
  test.setTimeout(6 * 60_000);
  const azurite = await startAzurite();
  try {
    const { page } = app;
    const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
    const credential = new StorageSharedKeyCredential(azurite.account, azurite.key);
    await new BlobServiceClient(azurite.endpoint, credential).getContainerClient('images').create();
    const path = join(places.downloads, 'buoy.qcow2');
    await runTool('qemu-img', ['create', '-f', 'qcow2', path, '64M']);
    await runTool('qemu-io', ['-c', 'write -P 7 5M 300k', path]);
    await navigation(page).getByRole('button', { name: 'Clouds' }).click();
    await expect(heading(page, 'Clouds')).toBeFocused();
    await page.getByRole('button', { name: 'Add account…' }).click();
    const form = page.getByTestId('account-dialog');
    await form.getByLabel('Cloud', { exact: true }).click();
    await page.getByRole('option', { name: 'Azure' }).click();
    await form.getByLabel('Name', { exact: true }).fill('store');
    await form.getByLabel('Storage account').fill(azurite.account);
    await form.getByText('More', { exact: true }).click();
    await form.getByLabel('Blob endpoint').fill(azurite.endpoint);
    await form.getByLabel('Account key').last().fill(azurite.key);
    expect(await complaintsOf(page)).toEqual([]);
    await form.getByRole('button', { name: 'Add and log in' }).click();
    const account = page.getByTestId('account');
    await expect(account).toContainText('Logged in to devstoreaccount1');

    await app.dropFiles(path);
    await openImage(page, 'buoy.qcow2');
    await chooseImageAction(page, 'Upload to a cloud…');
    const sheet = page.getByTestId('upload-sheet');
    await expect(sheet).toContainText('as a fixed VHD');
    await expect(sheet.getByLabel('Blob', { exact: true })).toHaveValue('buoy.vhd');
    await expect(sheet.getByLabel('Container')).toContainText('images');
    expect(await complaintsOf(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await contrastComplaintsOf(page)).toEqual([]);
    await sheet.getByTestId('start-upload').click();
    await showJobs(page);
    await expect(page.getByTestId('job').first()).toContainText('in store; the same md5 on both sides');

    await navigation(page).getByRole('button', { name: 'Clouds' }).click();
    await page.getByRole('button', { name: 'Images of store' }).click();
    const image = page.getByTestId('cloud-image');
    await expect(image).toContainText('buoy.vhd');
    await image.getByText('Details').click();
    await image.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete in the cloud' }).click();
    await expect(page.getByTestId('cloud-images')).toContainText('There are no images there yet.');
  } finally {
    await azurite.stop();
  }
});
