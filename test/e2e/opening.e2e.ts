// Opening files: by the menu or the picker, several at once, loose packages, and images that join the library.
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { applianceFacts, looseAppliance } from '../fixtures/appliance.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import { expect, test } from './app.ts';
import { provide } from './places.ts';
import { details, fact, heading, integrity, libraryRow, navigation, notices } from './views.ts';

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

test('who goes elsewhere while dropped files are looked into stays there', async ({
  app,
  places,
  appliance,
}) => {
  const raw = provide(appliance.disks[0]!.rawPath, places.downloads, 'station.img');
  await app.dropFiles(raw, provide(appliance.path, places.downloads));
  await navigation(app.page).getByRole('button', { name: 'Jobs' }).click();
  await expect(notices(app.page)).toContainText('“station.img” is in the library.');
  const opened = navigation(app.page).getByRole('button', { name: applianceFacts.product, exact: true });
  await expect(opened).toBeVisible();
  await expect(heading(app.page, 'Jobs')).toBeVisible();
});

test('who leaves the page of a package while it joins the library is told that it is there', async ({
  app,
  places,
  appliance,
}) => {
  await app.dropFiles(provide(appliance.path, places.downloads, 'station.ova'));
  const add = app.page.getByRole('button', { name: 'Add to library' });
  const library = navigation(app.page).getByRole('button', { name: /^Library/ });
  // Both before the answer to the first.
  await add.evaluate(
    (button: HTMLElement, other) => {
      button.click();
      (other as HTMLElement).click();
    },
    await library.elementHandle(),
  );
  await expect(notices(app.page)).toContainText('“station.ova” is in the library.');
  await expect(libraryRow(app.page, 'station.ova')).toBeVisible();
});

test('a file that is nothing Platter knows is refused in words', async ({ app, places }) => {
  const empty = join(places.downloads, 'notes.ova');
  writeFileSync(empty, '');
  await app.dropFiles(empty);
  await expect(notices(app.page)).toContainText('notes.ova');
  await expect(notices(app.page)).toContainText('is not an image or a package that Platter knows.');
});
