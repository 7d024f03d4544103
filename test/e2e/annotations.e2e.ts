// What a person says of images: tags, ratings, notes; all of it by keys, and all of it taken back again.
import type { Locator, Page } from '@playwright/test';

import { complaintsOf } from './axe.ts';
import { expect, test, type HostApp } from './app.ts';
import { provide, type Places } from './places.ts';
import type { Appliance } from '../fixtures/appliance.ts';
import { details, libraryRow, notices } from './views.ts';

/** Two images in the library. */
async function fill(app: HostApp, places: Places, appliance: Appliance): Promise<void> {
  const [first, second] = appliance.disks;
  await app.dropFiles(
    provide(first!.rawPath, places.output, 'first.img'),
    provide(second!.rawPath, places.output, 'second.img'),
  );
  await expect(libraryRow(app.page, 'first.img')).toBeVisible();
  await expect(libraryRow(app.page, 'second.img')).toBeVisible();
}

const tagsOf = (page: Page, what: string): Locator => page.getByRole('dialog', { name: `Tags of ${what}` });
const stars = (page: Page, count: number): Locator =>
  details(page, 'first.img').getByRole('radio', { name: count === 1 ? '1 star' : `${count} stars` });

test('several images are tagged by keys, found by the tag, and untagged by undoing', async ({
  app,
  places,
  appliance,
}) => {
  await fill(app, places, appliance);
  const { page } = app;
  await libraryRow(page, 'first.img').click();
  // Both keys before the answer to the first: the second means all of them.
  await page.evaluate(() => {
    for (const key of [{ key: 'a', ctrlKey: true }, { key: 't' }]) {
      const event = new KeyboardEvent('keydown', { ...key, bubbles: true, cancelable: true });
      document.activeElement!.dispatchEvent(event);
    }
  });
  await expect(page.getByText('2 of 2 items selected')).toBeVisible();
  const dialog = tagsOf(page, '2 items');
  await page.keyboard.type('prod');
  await expect(dialog.getByRole('button', { name: 'Make the tag “prod”' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('checkbox', { name: 'prod' })).toBeChecked();
  expect(await complaintsOf(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(libraryRow(page, 'first.img')).toContainText('prod');
  await expect(libraryRow(page, 'second.img')).toContainText('prod');

  // One of them only: the dialog tells that some have it.
  await libraryRow(page, 'second.img').click();
  await details(page, 'second.img').getByRole('button', { name: 'Take the tag prod away' }).click();
  await expect(libraryRow(page, 'second.img')).not.toContainText('prod');
  await page.getByRole('combobox', { name: 'Search the library' }).fill('tag:prod');
  await expect(page.getByTestId('list-row')).toHaveCount(1);
  await page.getByRole('combobox', { name: 'Search the library' }).fill('');
  await expect(page.getByTestId('list-row')).toHaveCount(2);

  await libraryRow(page, 'first.img').click();
  await page.keyboard.press('Control+z');
  await expect(notices(page)).toContainText('Undone: Take tag “prod” from “second.img”.');
  await expect(libraryRow(page, 'second.img')).toContainText('prod');
  await page.keyboard.press('Control+z');
  await expect(notices(page)).toContainText('Undone: Tag 2 items “prod”.');
  await expect(libraryRow(page, 'first.img')).not.toContainText('prod');
  await page.keyboard.press('Control+Shift+z');
  await expect(notices(page)).toContainText('Done again: Tag 2 items “prod”.');
  await expect(libraryRow(page, 'first.img')).toContainText('prod');
});

test('a tag gets another name and colour, and is deleted and brought back by the notice', async ({
  app,
  places,
  appliance,
}) => {
  await fill(app, places, appliance);
  const { page } = app;
  await libraryRow(page, 'first.img').click();
  await details(page, 'first.img').getByRole('button', { name: 'Tag', exact: true }).click();
  const dialog = tagsOf(page, '“first.img”');
  for (const name of ['prod', 'lab']) {
    await page.keyboard.type(name);
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('checkbox', { name })).toBeChecked();
  }
  await dialog.getByRole('button', { name: 'Change “prod”' }).click();
  const form = page.getByRole('dialog', { name: 'The tag “prod”' });
  await form.getByRole('textbox', { name: 'Name' }).fill('LAB');
  await page.keyboard.press('Enter');
  await expect(form).toContainText('there is a tag “LAB” already');
  await form.getByRole('textbox', { name: 'Name' }).fill('live');
  await form.getByRole('radio', { name: 'purple' }).check({ force: true });
  expect(await complaintsOf(page)).toEqual([]);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('checkbox', { name: 'live' })).toBeChecked();
  await page.keyboard.press('Escape');
  await expect(libraryRow(page, 'first.img')).toContainText('live');

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Command' }).fill('manage tags');
  await page.keyboard.press('Enter');
  const manager = page.getByRole('dialog', { name: 'Tags', exact: true });
  await manager.getByRole('button', { name: 'Change “live”' }).click();
  const livingForm = page.getByRole('dialog', { name: 'The tag “live”' });
  await expect(livingForm.getByRole('radio', { name: 'purple' })).toBeChecked();
  await livingForm.getByRole('button', { name: 'Delete the tag' }).click();
  await page.keyboard.press('Escape');
  await expect(libraryRow(page, 'first.img')).not.toContainText('live');
  await notices(page).getByRole('button', { name: 'Undo' }).click();
  await expect(libraryRow(page, 'first.img')).toContainText('live');
});

test('stars are given by keys and by clicks, and taken away', async ({ app, places, appliance }) => {
  await fill(app, places, appliance);
  const { page } = app;
  await libraryRow(page, 'first.img').click();
  await page.keyboard.press('4');
  await expect(libraryRow(page, 'first.img').getByRole('img', { name: 'Rated 4 of 5' })).toBeVisible();
  await expect(stars(page, 4)).toBeChecked();
  await page.getByRole('combobox', { name: 'Search the library' }).fill('rating:>=4');
  await expect(page.getByTestId('list-row')).toHaveCount(1);
  await page.getByRole('combobox', { name: 'Search the library' }).fill('');
  await details(page, 'first.img').getByTitle('2 stars').click();
  await expect(libraryRow(page, 'first.img').getByRole('img', { name: 'Rated 2 of 5' })).toBeVisible();
  await details(page, 'first.img').getByTitle('2 stars').click();
  await expect(libraryRow(page, 'first.img').getByRole('img', { name: /Rated/ })).toHaveCount(0);
  await app.restart();
  await expect(libraryRow(app.page, 'first.img')).toBeVisible();
  await expect(libraryRow(app.page, 'first.img').getByRole('img', { name: /Rated/ })).toHaveCount(0);
});

test('a note is Markdown that cannot do anything, and is kept when one goes on', async ({
  app,
  places,
  appliance,
}) => {
  await fill(app, places, appliance);
  const { page } = app;
  await libraryRow(page, 'first.img').click();
  const panel = details(page, 'first.img');
  await panel.getByRole('button', { name: 'Write…' }).click();
  await page.keyboard.type(
    '# Base **image**\n<script>document.title = "gone"</script><img src=x onerror="document.title=1">\n' +
      '[bad](javascript:alert(1)) [good](https://example.org/a) <b style="color:red" onclick="x">b</b>\n',
  );
  await panel.getByText('Preview').click();
  await expect(panel.getByRole('heading', { name: 'Base image' })).toBeVisible();
  expect(await complaintsOf(page)).toEqual([]);
  // Going on to the other image keeps what was written.
  await libraryRow(page, 'second.img').click();
  await expect(notices(page)).toContainText('The note is kept: “first.img”.');
  await libraryRow(page, 'first.img').click();
  const note = panel.getByTestId('note');
  await expect(note.locator('strong')).toHaveText('image');
  await expect(note.locator('script, img, b, [style], [onclick]')).toHaveCount(0);
  await expect(note).toContainText('<script>document.title = "gone"</script>');
  await expect(note.getByText('bad')).not.toHaveAttribute('href');
  await note.getByRole('link', { name: 'good' }).click();
  await expect.poll(() => app.readClipboard()).toBe('https://example.org/a');
  await page.getByRole('combobox', { name: 'Search the library' }).fill('note:base');
  await expect(page.getByTestId('list-row')).toHaveCount(1);
  expect(await page.title()).toContain('Library');
});

test('what is done means the image that is selected, not the one that the keys are at', async ({
  app,
  places,
  appliance,
}) => {
  await fill(app, places, appliance);
  const { page } = app;
  await libraryRow(page, 'first.img').click();
  await libraryRow(page, 'second.img').click({ modifiers: ['Control'] });
  await expect(page.getByText('2 of 2 items selected')).toBeVisible();
  await libraryRow(page, 'second.img').click({ modifiers: ['Control'] });
  await expect(libraryRow(page, 'first.img')).toHaveAttribute('aria-selected', 'true');
  await expect(libraryRow(page, 'second.img')).toHaveAttribute('aria-selected', 'false');
  await page.keyboard.press('t');
  await expect(tagsOf(page, '“first.img”')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Delete');
  await expect(page.getByRole('alertdialog')).toContainText('first.img');
});

test('a menu stays that of its image, whatever is pressed before the focus is in it', async ({
  app,
  places,
  appliance,
}) => {
  await fill(app, places, appliance);
  const { page } = app;
  await page.getByTestId('list-row').first().click();
  await page.evaluate(() => {
    const row = document.activeElement!;
    const { x, y } = row.getBoundingClientRect();
    const place = { clientX: x + 20, clientY: y + 20, bubbles: true, cancelable: true };
    row.dispatchEvent(new MouseEvent('contextmenu', place));
    row.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }));
  });
  await expect(page.getByRole('menu')).toBeVisible();
  await expect(page.getByTestId('list-row').first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('list-row').nth(1)).toHaveAttribute('aria-selected', 'true');
});
