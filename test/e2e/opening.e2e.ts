// Opening files: by the menu or the picker, several at once, loose packages, and images that join the library.
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { applianceFacts, looseAppliance } from '../fixtures/appliance.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import { expect, test } from './app.ts';
import { provide } from './places.ts';
import { details, fact, heading, integrity, libraryRow, notices } from './views.ts';

test('File → Open shows what is in an appliance', async ({ app, places, appliance }) => {
  await app.chooseFiles(provide(appliance.path, places.downloads));
  await expect(heading(app.page, applianceFacts.product)).toBeVisible();
  await expect(
    app.page.getByRole('table', { name: `Disks of ${applianceFacts.name}` }).getByRole('row'),
  ).toHaveCount(3);
});

test('an OVF opens with the files that lie beside it', async ({ app, places, appliance }) => {
  const loose = await looseAppliance(appliance, join(places.downloads, 'station'));
  await app.dropFiles(loose.path);
  await expect(heading(app.page, applianceFacts.product)).toBeVisible();
  await expect(integrity(app.page)).toContainText('3 files are what the manifest says (SHA256).');
});

test('disk images that are dropped join the library', async ({ app, places, appliance }) => {
  const raw = provide(appliance.disks[0]!.rawPath, places.downloads, 'station.img');
  const qcow2 = join(places.downloads, 'station.qcow2');
  await runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2]);
  await app.dropFiles(raw, qcow2);
  await expect(notices(app.page)).toContainText('2 images are in the library.');
  await expect(libraryRow(app.page, basename(raw))).toBeVisible();
  await libraryRow(app.page, basename(qcow2)).click();
  await expect(fact(details(app.page, basename(qcow2)), 'Virtual size')).toHaveText('64 MiB');
});

test('a file that is nothing Platter knows is refused in words', async ({ app, places }) => {
  const empty = join(places.downloads, 'notes.ova');
  writeFileSync(empty, '');
  await app.dropFiles(empty);
  await expect(notices(app.page)).toContainText('notes.ova');
  await expect(notices(app.page)).toContainText('is not an image or a package that Platter knows.');
});
