// What only a browser has of opening: a dropped file of which it knows no path, and the picker that is asked then.
import { join } from 'node:path';

import { applianceFacts } from '../fixtures/appliance.ts';
import { expect, test } from './app.ts';
import { provide } from './places.ts';
import { heading } from './views.ts';

test('a dropped file that is not in the usual places is asked for', async ({ app, places, appliance }) => {
  // Deeper than the search for it goes.
  const folder = join(places.root, 'far/away/from/home');
  const path = provide(appliance.path, folder, 'station.ova');
  await app.dropFiles(path);
  const picker = app.page.getByRole('dialog', { name: 'Where is “station.ova”?' });
  await expect(picker).toBeVisible();
  await picker.getByRole('button', { name: 'Type a path' }).click();
  await picker.getByRole('textbox', { name: 'Path' }).fill(path);
  await app.page.keyboard.press('Enter');
  await expect(picker.getByRole('option', { name: 'station.ova' })).toHaveAttribute('aria-selected', 'true');
  await picker.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(heading(app.page, applianceFacts.product)).toBeVisible();
});

test('the picker walks folders, makes new ones and filters names', async ({ app, places, appliance }) => {
  provide(appliance.path, join(places.home, 'appliances'), 'one.ova');
  provide(appliance.path, join(places.home, 'appliances'), 'two.ova');
  await app.page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Open…' }).click();
  const picker = app.page.getByRole('dialog', { name: 'Open images' });
  await picker.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: 'Home' }).click();
  await picker.getByRole('option', { name: 'appliances, folder' }).dblclick();
  await expect(picker.getByRole('option')).toHaveCount(2);
  await picker.getByRole('button', { name: 'New folder' }).click();
  await picker.getByRole('textbox', { name: 'Name of the new folder' }).fill('older');
  await picker.getByRole('button', { name: 'Create' }).click();
  await expect(picker.getByRole('option', { name: 'older, folder' })).toBeVisible();
  await picker.getByRole('searchbox', { name: 'Filter by name' }).fill('two');
  await expect(picker.getByRole('option')).toHaveText([/two\.ova/]);
  await picker.getByRole('option').dblclick();
  await expect(heading(app.page, applianceFacts.product)).toBeVisible();
});
