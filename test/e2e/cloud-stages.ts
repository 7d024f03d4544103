/** The stages of clouds: their accounts, what an account has, and an upload. */
import { join } from 'node:path';

import { startS3rver } from '../setup/s3/s3rver.ts';
import { newAccount, typeS3 } from './accounts.ts';
import { expect, type HostApp } from './app.ts';
import type { Places } from './places.ts';
import type { Surroundings } from './stages.ts';
import { choose, closeNotices, libraryRow, navigation, showJobs, showLibrary } from './views.ts';

/** Accounts at clouds: none yet, and the form for one. */
export async function* cloudsOf({ app, places }: Surroundings): AsyncGenerator<string> {
  await navigation(app.page).getByRole('button', { name: 'Clouds' }).click();
  await expect(app.page.getByTestId('accounts')).toContainText('None yet.');
  yield 'clouds';
  await app.page.getByRole('button', { name: 'Add account…' }).click();
  await app.page.getByText('More', { exact: true }).click();
  await app.page.getByText('Do not check certificates').click();
  yield 'clouds-account';
  await app.page.keyboard.press('Escape');
  await app.page.getByRole('button', { name: 'Add account…' }).click();
  const form = app.page.getByTestId('account-dialog');
  await form.getByLabel('Name', { exact: true }).fill('lab');
  // A port that nobody listens at.
  await form.getByLabel('Identity address').fill('http://127.0.0.1:9/v3');
  await form.getByLabel('User', { exact: true }).fill('ada');
  await form.getByLabel('Project', { exact: true }).fill('tides');
  await form.getByRole('textbox', { name: 'Password' }).fill('storm');
  await form.getByRole('button', { name: 'Add and log in' }).click();
  await expect(app.page.getByTestId('account').getByRole('alert')).toBeVisible();
  yield 'clouds-unreachable';
  yield* imagesOf(app, places);
}

/** The images of an account: none yet, the form of an upload, and one that is there, with the question before it goes. */
async function* imagesOf({ page }: HostApp, places: Places): AsyncGenerator<string> {
  const cloud = await startS3rver(join(places.root, 's3'), 'images');
  try {
    const form = await newAccount(page, 'S3');
    await typeS3(form, cloud);
    await form.getByRole('button', { name: 'Add and log in' }).click();
    await expect(page.getByTestId('account').filter({ hasText: cloud.endpoint })).toBeVisible();
    await page.getByRole('button', { name: 'Images of store' }).click();
    await expect(page.getByTestId('cloud-images')).toContainText('There are no images there yet.');
    yield 'cloud-images-none';
    await showLibrary(page);
    await page.getByRole('combobox', { name: 'Search the library' }).fill('');
    await libraryRow(page, 'harbour-disk1.qcow2').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Upload to a cloud…' }).click();
    const sheet = page.getByTestId('upload-sheet');
    await choose(sheet, 'Account', 'store');
    await expect(sheet.getByTestId('start-upload')).toBeEnabled();
    yield 'upload';
    await sheet.getByTestId('start-upload').click();
    await showJobs(page);
    await expect(page.getByTestId('job').first()).toContainText('stored in store', { timeout: 60_000 });
    await closeNotices(page);
    await navigation(page).getByRole('button', { name: 'Clouds' }).click();
    await page.getByRole('button', { name: 'Images of store' }).click();
    const image = page.getByTestId('cloud-image').filter({ hasText: 'harbour-disk1.qcow2' });
    await expect(image).toContainText('by Platter');
    await image.scrollIntoViewIfNeeded();
    yield 'cloud-images';
    await image.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await expect(page.getByRole('alertdialog')).toBeVisible();
    yield 'cloud-image-delete';
    await page.getByRole('button', { name: 'Delete in the cloud' }).click();
    await expect(page.getByTestId('cloud-images')).toContainText('There are no images there yet.');
  } finally {
    await cloud.stop();
  }
}
