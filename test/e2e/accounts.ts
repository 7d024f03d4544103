/** The form for an account at a cloud, filled in as a person does. */
import type { Locator, Page } from '@playwright/test';

import type { SmallS3 } from '../setup/s3/s3rver.ts';
import { expect } from './app.ts';
import { choose, heading, navigation } from './views.ts';

/** The choice among Amazon's credentials. */
export const typedIn = 'An access key, typed in';

/** Opens the form for an account at that cloud, under the name "store". */
export async function newAccount(page: Page, cloud: string): Promise<Locator> {
  await navigation(page).getByRole('button', { name: 'Clouds' }).click();
  await expect(heading(page, 'Clouds')).toBeVisible();
  await page.getByRole('button', { name: 'Add account…' }).click();
  const form = page.getByTestId('account-dialog');
  await form.getByLabel('Cloud', { exact: true }).click();
  await page.getByRole('option', { name: cloud, exact: true }).click();
  await form.getByLabel('Name', { exact: true }).fill('store');
  return form;
}

/** A small S3 with its bucket `images`. */
export async function typeS3(form: Locator, cloud: SmallS3): Promise<void> {
  await form.getByLabel('Address', { exact: true }).fill(cloud.endpoint);
  await form.getByLabel('Bucket', { exact: true }).fill('images');
  await choose(form, 'Credentials', typedIn);
  await form.getByLabel('Access key id').fill(cloud.accessKeyId);
  await form.getByLabel('Secret access key').fill(cloud.secretAccessKey);
}
