// What clouds say of an image, in a browser: a page that is loaded again shows the same image.
import { join } from 'node:path';

import { runTool } from '../fixtures/appliance-disk.ts';
import { expect, test } from './app.ts';
import { chooseImageAction, heading, openImage } from './views.ts';

test('a reload comes back to the passport', async ({ app, places }) => {
  const { page } = app;
  const path = join(places.downloads, 'machine.qcow2');
  await runTool('qemu-img', ['create', '-f', 'qcow2', path, '64M']);
  await app.dropFiles(path);
  await openImage(page, 'machine.qcow2');
  await chooseImageAction(page, 'Check for clouds');
  await expect(page.getByTestId('cloud')).toHaveCount(16);
  await page.reload();
  await expect(heading(page, 'machine.qcow2')).toBeVisible();
  await expect(page.getByTestId('cloud')).toHaveCount(16);
});
