/** The stages of making an image ready for a cloud: its passport with a fix in the plan, the page, and what came of it. */
import { join } from 'node:path';

import { expect } from './app.ts';
import type { Surroundings } from './stages.ts';
import { libraryRow, showLibrary } from './views.ts';

/** Of the appliance, and of a disk of it that lies in the library. */
export async function* preparingOf({ app, places }: Surroundings): AsyncGenerator<string> {
  const { page } = app;
  await showLibrary(page);
  await libraryRow(page, 'harbour-disk1.qcow2').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Check for clouds' }).click();
  const azure = page.getByRole('article', { name: 'Microsoft Azure' });
  await azure
    .getByRole('button', { name: /^Fix: / })
    .first()
    .click();
  await azure.scrollIntoViewIfNeeded();
  yield 'preflight-fix';
  const ova = encodeURIComponent(join(places.downloads, 'harbour.ova'));
  await page.evaluate((path) => (location.hash = `#/prepare/${path},openstack`), ova);
  await expect(page.getByTestId('hand-over')).toBeVisible();
  await expect(page.getByTestId('start-preparing')).toBeEnabled();
  yield 'prepare';
  await page.getByTestId('metadata').getByText('Presets').click();
  await page.getByTestId('metadata').scrollIntoViewIfNeeded();
  yield 'prepare-metadata';
  await page.getByTestId('start-preparing').click();
  await expect(page.getByTestId('preparation')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
  yield 'prepared';
}
