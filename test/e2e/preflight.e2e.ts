// What clouds say of an image, in the window: reached from the library and from the image, and followed by keys.
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { runTool } from '../fixtures/appliance-disk.ts';
import { expect, test } from './app.ts';
import { chooseImageAction, heading, libraryRow, openImage, showLibrary } from './views.ts';

test('a disk has a passport with every verdict, its reasons and their sources', async ({ app, places }) => {
  const { page } = app;
  const path = join(places.downloads, 'machine.vhd');
  await runTool('qemu-img', ['create', '-f', 'vpc', '-o', 'subformat=dynamic,force_size=on', path, '1G']);
  await app.dropFiles(path);
  await showLibrary(page);
  await libraryRow(page, 'machine.vhd').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Check for clouds' }).click();
  await expect(heading(page, 'machine.vhd')).toBeFocused();

  const card = (name: string) => page.getByRole('article', { name });
  await expect(card('AWS snapshot import')).toContainText('Ready');
  await expect(card('Microsoft Azure')).toContainText('Fixable');
  await expect(card('Microsoft Azure')).toContainText(
    'Azure takes VHD files that are fixed; this one is dynamic.',
  );
  await expect(card('Microsoft Azure')).toContainText('Convert it to a fixed VHD');
  await expect(card('Microsoft Azure')).toContainText(/create-upload-generic\), read on \d+ \w+ \d{4}/);
  await expect(page.getByTestId('cloud')).toHaveCount(16);
  await expect(page.getByTestId('preflight-summary')).toContainText(/\d+ ready, \d+ fixable/);

  // A file that is gone is told, and asked for again.
  await expect(card('Hyper-V')).toContainText('Ready');
  rmSync(path);
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByRole('alert')).toContainText('machine.vhd');
  await runTool('qemu-img', ['create', '-f', 'vpc', '-o', 'subformat=fixed,force_size=on', path, '64M']);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(card('Microsoft Azure')).toContainText('Ready');
});

test('several images stand beside each other, and one is shown by its key', async ({ app, places }) => {
  const { page } = app;
  const paths = ['one.qcow2', 'two.qcow2'].map((name) => join(places.downloads, name));
  for (const path of paths) await runTool('qemu-img', ['create', '-f', 'qcow2', path, '64M']);
  await app.dropFiles(paths[0]!);
  await openImage(page, 'one.qcow2');
  await chooseImageAction(page, 'Check for clouds');
  await expect(page.getByTestId('cloud').first()).toBeVisible();
  await page.evaluate((path) => (location.hash += `,${path}`), encodeURIComponent(paths[1]!));
  await expect(heading(page, '2 images')).toBeVisible();
  const second = page.getByRole('button', { name: /^two\.qcow2/ });
  await expect(second).toHaveAttribute('aria-pressed', 'false');
  await second.focus();
  await page.keyboard.press('Enter');
  await expect(second).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByTestId('preflight-summary')).toContainText('two.qcow2:');
});
