// From an image in the library to an image in a real OpenStack and away again, in the window.
import { join } from 'node:path';

import { runTool } from '../fixtures/appliance-disk.ts';
import { startOpenStack } from '../setup/openstack/cloud.ts';
import { needsTool } from '../setup/tool-paths.ts';
import { expect, test } from './app.ts';
import { complaintsOf, contrastComplaintsOf } from './axe.ts';
import { chooseImageAction, heading, navigation, openImage, showJobs } from './views.ts';

test('an account is typed in, an image goes to its cloud, is seen there and deleted', async ({
  app,
  places,
}) => {
  test.skip(!needsTool('keystone-manage') || !needsTool('glance-api'), 'no OpenStack here');
  test.slow();
  const cloud = await startOpenStack();
  try {
    const { page } = app;
    const path = join(places.downloads, 'buoy.qcow2');
    await runTool('qemu-img', ['create', '-f', 'qcow2', path, '64M']);
    await app.dropFiles(path);
    await navigation(page).getByRole('button', { name: 'Clouds' }).click();
    await expect(heading(page, 'Clouds')).toBeFocused();
    await page.getByRole('button', { name: 'Add account…' }).click();
    const form = page.getByTestId('account-dialog');
    await form.getByLabel('Name', { exact: true }).fill('lab');
    await form.getByLabel('Identity address').fill(cloud.authUrl);
    await form.getByLabel('User', { exact: true }).fill('admin');
    await form.getByLabel('Project', { exact: true }).fill('admin');
    await form.getByRole('textbox', { name: 'Password' }).fill('wrong');
    await form.getByText('More', { exact: true }).click();
    await form.getByRole('button', { name: 'Add and log in' }).click();
    const account = page.getByTestId('account');
    await expect(account.getByRole('alert')).toContainText('does not accept these credentials');
    await account.getByRole('button', { name: 'Forget lab' }).click();
    await expect(account).toHaveCount(0);
    await page.getByRole('button', { name: 'Add account…' }).click();
    await form.getByLabel('Name', { exact: true }).fill('lab');
    await form.getByLabel('Identity address').fill(cloud.authUrl);
    await form.getByLabel('User', { exact: true }).fill('admin');
    await form.getByLabel('Project', { exact: true }).fill('admin');
    await form.getByRole('textbox', { name: 'Password' }).fill(cloud.password);
    await form.getByRole('button', { name: 'Add and log in' }).click();
    await expect(account).toContainText('admin in admin');

    await openImage(page, 'buoy.qcow2');
    await chooseImageAction(page, 'Upload to a cloud…');
    const sheet = page.getByTestId('upload-sheet');
    await expect(sheet).toContainText('As it is (qcow2)');
    await sheet.getByLabel('Name in the cloud').fill('Tide buoy');
    await sheet.getByText('Properties', { exact: true }).first().click();
    // The cloud is asked what it knows first.
    const values = sheet.getByTestId('upload-properties').getByText('Values', { exact: true });
    await values.click({ timeout: 60_000 });
    await sheet.getByTestId('metadata-os_distro').fill('debian');
    expect(await complaintsOf(page)).toEqual([]);
    await sheet.getByTestId('start-upload').click();
    await showJobs(page);
    await expect(page.getByTestId('job').first()).toContainText(
      'active in lab; the same sha512 on both sides',
    );

    await navigation(page).getByRole('button', { name: 'Clouds' }).click();
    await page.getByRole('button', { name: 'Images of lab' }).click();
    const image = page.getByTestId('cloud-image');
    await expect(image).toContainText('Tide buoy');
    await image.getByText('Details').click();
    await expect(image).toContainText('debian');
    expect(await complaintsOf(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await contrastComplaintsOf(page)).toEqual([]);
    await image.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete in the cloud' }).click();
    await expect(page.getByTestId('cloud-images')).toContainText('There are no images there yet.');
    expect(await cloud.client('image', 'list')).toEqual([]);
  } finally {
    await cloud.stop();
  }
});
