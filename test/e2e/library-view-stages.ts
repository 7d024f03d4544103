/** The stages of the library's other views: cards, and areas as large as what they take. */
import { expect } from './app.ts';
import type { Surroundings } from './stages.ts';
import { details, libraryCard, libraryRow, showView } from './views.ts';

/** The library has a dozen entries in several folders. */
export async function* viewsOf({ app }: Surroundings): AsyncGenerator<string> {
  const { page } = app;
  await showView(page, 'grid');
  await libraryCard(page, 'mooring.img').click();
  await expect(details(page, 'mooring.img')).toBeVisible();
  yield 'grid';
  await libraryCard(page, 'harbour-disk1.qcow2').click({ modifiers: ['Control'] });
  await libraryCard(page, 'harbour-disk1.qcow2').click({ button: 'right' });
  await expect(page.getByRole('menu')).toBeVisible();
  yield 'grid-menu';
  await page.keyboard.press('Escape');
  await libraryCard(page, 'harbour-disk1.qcow2').click();

  await showView(page, 'space');
  const map = page.getByRole('listbox', { name: 'What takes room' });
  await expect(map.getByRole('option').first()).toBeVisible();
  yield 'space';
  await map.getByRole('option').first().focus();
  await expect(page.getByTestId('space-words')).toContainText('Deleting');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('navigation', { name: 'Way in' }).getByRole('button')).toHaveCount(2);
  await map.getByRole('option').first().focus();
  yield 'space-inside';
  await page.getByRole('radio', { name: 'By format' }).check({ force: true });
  await expect(map.getByRole('option', { name: /^qcow2/ })).toBeVisible();
  yield 'space-formats';
  await page.getByRole('radio', { name: 'By folder' }).check({ force: true });
  await showView(page, 'list');
  await libraryRow(page, 'harbour-disk1.qcow2').click();
}
