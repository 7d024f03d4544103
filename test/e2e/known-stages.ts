/** The stages of a library of which much is known: guests and filters, a search, lineage, duplicates. */
import { expect } from './app.ts';
import { makeKnownLibrary } from './known-library.ts';
import type { Surroundings } from './stages.ts';
import { details, libraryCard, libraryRow, navigation, showLibrary, showView } from './views.ts';

export async function* knownOf({
  app,
  places,
}: Pick<Surroundings, 'app' | 'places'>): AsyncGenerator<string> {
  await app.quit();
  makeKnownLibrary(places);
  await app.start();
  const { page } = app;
  await showLibrary(page);
  const search = page.getByRole('combobox', { name: 'Search the library' });
  await libraryRow(page, 'suse-15.vhdx').waitFor();
  await page.getByRole('button', { name: / filters$/ }).click();
  const filters = page.getByTestId('filters');
  await expect(filters.getByRole('checkbox', { name: /^Debian/ })).toBeVisible();
  yield 'guests';
  await showView(page, 'grid');
  await expect(libraryCard(page, 'suse-15.vhdx')).toBeVisible();
  yield 'guests-grid';
  await filters.getByRole('checkbox', { name: /^Debian/ }).click();
  await filters.getByRole('checkbox', { name: /^servers/ }).click();
  await expect(page.getByTestId('library-summary')).toContainText('2 items');
  yield 'guests-filtered';
  await showView(page, 'list');
  await search.fill('os:ub');
  await expect(page.getByRole('option', { name: /^os:ubuntu/ })).toBeVisible();
  yield 'find-completing';
  // No Escape here: where nothing is offered, it empties the box.
  await search.fill('lighthuose');
  await expect(libraryRow(page, 'lighthouse.qcow2')).toBeVisible();
  yield 'find-corrected';
  await search.fill('fromat:qcow2 tag:prod');
  yield 'find-problem';
  // Among all the others it may lie out of sight.
  await search.fill('lighthouse');
  await page.getByRole('button', { name: / filters$/ }).click();
  await libraryRow(page, 'lighthouse.qcow2').click();
  await details(page, 'lighthouse.qcow2').getByRole('tab', { name: 'Related' }).click();
  await expect(page.getByTestId('relations')).toContainText('lighthouse-azure.vhd');
  yield 'lineage';
  await search.fill('');
  await navigation(page).getByRole('button', { name: 'Duplicates' }).click();
  await expect(page.getByText('lighthouse-azure.vhd')).toBeVisible();
  yield 'duplicates';
  await showLibrary(page);
}
