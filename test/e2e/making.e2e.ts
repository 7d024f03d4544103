// Making and changing images by clicking, judged by qemu-img and tar; and browsing a medium by keys alone.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { runTool } from '../fixtures/appliance-disk.ts';
import { expect, test } from './app.ts';
import { makeBrokenQcow2, makeMedium, makeQcow2, mediumFiles } from './images.ts';
import { expectClean, expectIdentical } from './judges.ts';
import { hasFocus, tabTo } from './keys.ts';
import { namesIn } from './places.ts';
import {
  choose,
  chooseImageAction,
  closeNotices,
  details,
  fact,
  heading,
  integrity,
  libraryRow,
  makeButton,
  navigation,
  notices,
  openImage,
  showLibrary,
} from './views.ts';

const virtualSizeOf = async (path: string): Promise<number> =>
  (JSON.parse(await runTool('qemu-img', ['info', '--output=json', path])) as Record<string, number>)[
    'virtual-size'
  ]!;
const mebibyte = 1024 * 1024;

test('a copy is written over another image, and holds only what differs', async ({
  app,
  places,
  appliance,
}) => {
  const { page } = app;
  const raw = appliance.disks[0]!.rawPath;
  const base = await makeQcow2(raw, places.downloads, 'base.qcow2');
  const output = join(places.downloads, 'thin.qcow2');
  await app.dropFiles(await makeQcow2(raw, places.downloads, 'thick.qcow2'));
  await openImage(page, 'thick.qcow2');
  await closeNotices(page);

  await page.getByTestId('convert').click();
  const sheet = page.getByRole('dialog', { name: 'Convert thick.qcow2' });
  await choose(sheet, 'Format', 'qcow2');
  await sheet.getByTestId('output-name').fill('thin.qcow2');
  await app.chooseFile(sheet.getByRole('button', { name: 'Choose the backing image' }), base);
  await expect(sheet).toContainText('Only what differs from base.qcow2 is stored.');
  await makeButton(sheet).click();
  await expect(notices(page)).toContainText('“thin.qcow2” is ready.');
  await expectIdentical(raw, output, 'qcow2');
  expect(statSync(output).size).toBeLessThan(2 ** 20);
});

test('an image is copied as it is, but for a snapshot of it', async ({ app, places, appliance }) => {
  const { page } = app;
  const source = await makeQcow2(appliance.disks[0]!.rawPath, places.downloads, 'kept.qcow2');
  await runTool('qemu-img', ['snapshot', '-c', 'before', source]);
  await app.dropFiles(source);
  await openImage(page, 'kept.qcow2');
  await closeNotices(page);

  await page.getByTestId('convert').click();
  const sheet = page.getByRole('dialog', { name: 'Convert kept.qcow2' });
  await choose(sheet, 'Format', 'As it is');
  await expect(sheet.getByTestId('output-name')).toHaveAttribute('placeholder', 'kept-copy.qcow2');
  await choose(sheet, 'State', 'before');
  await expect(sheet.getByTestId('output-name')).toHaveAttribute('placeholder', /^kept-snapshot\./);
  await choose(sheet, 'State', 'As it is now');
  await choose(sheet, 'Format', 'As it is');
  await expect(sheet.getByTestId('plan')).toContainText(/Takes [\d.]+ MiB/);
  await makeButton(sheet).click();
  await expect(notices(page)).toContainText('“kept-copy.qcow2” is ready.');
  const copy = readFileSync(join(places.downloads, 'kept-copy.qcow2'));
  expect(copy.equals(readFileSync(source))).toBe(true);
});

test('an image becomes one of another format, and is compared with it', async ({
  app,
  places,
  appliance,
}) => {
  const { page } = app;
  const raw = appliance.disks[0]!.rawPath;
  const output = join(places.downloads, 'station.vmdk');
  await app.dropFiles(await makeQcow2(raw, places.downloads, 'station.qcow2'));
  await openImage(page, 'station.qcow2');
  await closeNotices(page);

  await page.getByTestId('convert').click();
  const sheet = page.getByRole('dialog', { name: 'Convert station.qcow2' });
  await choose(sheet, 'Format', 'VMDK');
  await expect(sheet.getByTestId('output-name')).toHaveAttribute('placeholder', 'station.vmdk');
  await expect(sheet.getByTestId('plan')).toContainText(/Takes (at most |about )?[\d.]+ MiB/);
  await makeButton(sheet).click();
  await expect(sheet).toHaveCount(0);
  await expect(notices(page)).toContainText('“station.vmdk” is ready.');
  await expectIdentical(raw, output, 'vmdk');

  await page.getByTestId('convert').click();
  await choose(sheet, 'Format', 'VMDK');
  await expect(sheet.getByTestId('plan-failure')).toContainText('is there already.');
  await expect(makeButton(sheet)).toBeDisabled();
  await sheet.getByRole('checkbox', { name: 'Replace the file' }).check();
  await expect(makeButton(sheet)).toBeEnabled();
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);

  await page.getByRole('button', { name: 'More actions' }).click();
  await app.chooseFile(page.getByRole('menuitem', { name: 'Compare with…' }), output);
  await expect(page.getByRole('dialog', { name: 'Compare' })).toContainText('A guest sees the same on both');
});

test('a new image and an overlay are made, grown, and not cut where there is data', async ({
  app,
  places,
  appliance,
}) => {
  const { page } = app;
  const raw = appliance.disks[0]!.rawPath;
  const [fresh, overlay] = [join(places.output, 'fresh.qcow2'), join(places.output, 'station-overlay.qcow2')];
  const base = await makeQcow2(raw, places.output, 'station.qcow2');
  await app.dropFiles(base);
  await expect(libraryRow(page, 'station.qcow2')).toBeVisible();

  const sheet = page.getByRole('dialog', { name: 'New image' });
  await navigation(page).getByRole('button', { name: 'New image…' }).click();
  await sheet.getByTestId('create-size').fill('96M');
  await sheet.getByTestId('output-name').fill('fresh.qcow2');
  await app.chooseFolder(sheet.getByRole('button', { name: 'Choose the output folder' }), places.output);
  await makeButton(sheet).click();
  await expect(notices(page)).toContainText('“fresh.qcow2” is ready.');
  await expectClean(fresh);
  expect(await virtualSizeOf(fresh)).toBe(96 * mebibyte);

  await navigation(page).getByRole('button', { name: 'New image…' }).click();
  await app.chooseFile(sheet.getByRole('button', { name: 'Choose the backing image' }), base);
  await expect(sheet).toContainText('station.qcow2 shows through');
  await app.chooseFolder(sheet.getByRole('button', { name: 'Choose the output folder' }), places.output);
  await makeButton(sheet).click();
  await expect(notices(page)).toContainText('“station-overlay.qcow2” is ready.');
  await expectIdentical(raw, overlay, 'qcow2');
  await closeNotices(page);

  const dialog = page.getByRole('dialog', { name: /^Resize/ });
  await openImage(page, 'fresh.qcow2');
  await chooseImageAction(page, 'Resize…');
  await page.keyboard.type('128M');
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(fact(page.getByRole('main'), 'Virtual size')).toHaveText('128 MiB');
  expect(await virtualSizeOf(fresh)).toBe(128 * mebibyte);
  await expectClean(fresh);

  // What only the overlay stands on is not listed by itself.
  await showLibrary(page);
  await libraryRow(page, 'station-overlay.qcow2').click();
  await page.getByTestId('parts').getByRole('button', { name: 'station.qcow2' }).click();
  await details(page, 'station.qcow2').getByRole('button', { name: 'Open details' }).click();
  await closeNotices(page);
  await chooseImageAction(page, 'Resize…');
  await page.keyboard.type('8M');
  await expect(makeButton(dialog)).toBeDisabled();
  await dialog.getByRole('checkbox', { name: 'Cut off the end of the disk' }).check();
  await makeButton(dialog).click();
  await expect(notices(page).getByRole('button', { name: 'Close notice' })).toBeVisible();
  await expect(fact(page.getByRole('main'), 'Virtual size')).toHaveText('64 MiB');
  expect(await virtualSizeOf(base)).toBe(appliance.disks[0]!.capacityBytes);
});

test('a broken image is found out and mended', async ({ app, places }) => {
  const { page } = app;
  const path = await makeBrokenQcow2(places.downloads, 'log.qcow2');
  await app.dropFiles(path);
  await openImage(page, 'log.qcow2');
  const structure = page.getByTestId('structure');
  await structure.getByRole('button', { name: 'Check' }).click();
  await expect(page.getByTestId('structure-verdict')).toHaveText(/\d corruptions? and 1 leak found\./);
  await structure.getByRole('button', { name: 'Repair…' }).click();
  const question = page.getByRole('alertdialog', { name: 'Repair “log.qcow2”?' });
  await question.getByRole('button', { name: 'Repair', exact: true }).click();
  await expect(page.getByTestId('structure-verdict')).toHaveText('No problems were found.');
  await expect(structure).toContainText('What was replaced is kept in');
  await expectClean(path);
  expect(namesIn(places.downloads).length).toBe(2);
  await page.getByRole('button', { name: 'Show in library' }).click();
  await expect(libraryRow(page, 'log.qcow2')).toBeVisible();
});

test('a package is built of a disk, opens, and stays open over a reload', async ({
  app,
  places,
  appliance,
}) => {
  const { page } = app;
  await app.dropFiles(await makeQcow2(appliance.disks[0]!.rawPath, places.downloads, 'station.qcow2'));
  await openImage(page, 'station.qcow2');
  await closeNotices(page);
  await chooseImageAction(page, 'Build a package…');
  const sheet = page.getByRole('dialog', { name: 'Build' });
  await sheet.getByRole('textbox', { name: 'Name', exact: true }).fill('Tide station');
  await sheet.getByRole('spinbutton', { name: 'Processors' }).fill('3');
  await makeButton(sheet).click();
  await expect(sheet).toHaveCount(0);
  await expect(notices(page)).toContainText('“station.ova” is ready.', { timeout: 30_000 });
  const output = join(places.downloads, 'station.ova');
  const members = (await runTool('tar', ['-tf', output])).trim().split('\n');
  expect(members[0]).toMatch(/\.ovf$/);
  expect(members.filter((name) => name.endsWith('.vmdk'))).toHaveLength(1);

  await app.dropFiles(output);
  await expect(heading(page, 'station.ova')).toBeVisible();
  await expect(fact(page.getByRole('main'), 'Processors')).toHaveText('3 vCPUs');
  await expect(integrity(page)).toContainText('The manifest is valid');
  await showLibrary(page);
  await page.reload();
  const entry = navigation(page)
    .getByRole('list', { name: 'Open packages' })
    .getByRole('button', { name: 'station.ova', exact: true });
  await entry.click();
  await expect(integrity(page)).toContainText('The manifest is valid');
});

test('the files of a medium are browsed and extracted by keys alone', async ({ app, places }) => {
  const { page } = app;
  await app.dropFiles(await makeMedium(places.downloads, 'tools.iso'));
  await libraryRow(page, 'tools.iso').focus();
  await page.keyboard.press('Enter');
  await expect(heading(page, 'tools.iso')).toBeFocused();
  const files = page.getByTestId('file-list');
  await expect(files).toContainText('readme.txt');
  for (const folder of ['drivers', 'winter']) {
    await tabTo(page, files.getByRole('button', { name: folder }));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('navigation', { name: 'Folders' })).toContainText(folder);
  }
  await tabTo(page, files.getByRole('checkbox', { name: 'Choose ice.dat' }), 'Shift+Tab');
  await page.keyboard.press('Space');
  await expect(files.getByRole('checkbox', { name: 'Choose ice.dat' })).toBeChecked();
  await tabTo(page, page.getByRole('button', { name: 'Extract 1 item…' }), 'Shift+Tab');
  await app.chooseFolder(page.getByRole('button', { name: 'Extract 1 item…' }), places.output);
  await expect(notices(page)).toContainText('1 file extracted into “Images”.');
  const extracted = ['drivers/winter/ice.dat', 'ice.dat']
    .map((name) => join(places.output, name))
    .find((path) => existsSync(path));
  expect(readFileSync(extracted!, 'utf8')).toBe(mediumFiles['drivers/winter/ice.dat']);
});

test('forms are reached and left by keys, and the focus goes back', async ({ app, places, appliance }) => {
  const { page } = app;
  await app.dropFiles(await makeQcow2(appliance.disks[0]!.rawPath, places.downloads, 'station.qcow2'));
  await expect(libraryRow(page, 'station.qcow2')).toBeVisible();
  const leave = async (): Promise<void> => {
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  };
  for (const name of ['New image…', 'Build…']) {
    const button = navigation(page).getByRole('button', { name });
    await button.focus();
    await page.keyboard.press('Enter');
    await leave();
    await expect(button).toBeFocused();
  }
  await libraryRow(page, 'station.qcow2').focus();
  await page.keyboard.press('Enter');
  await expect(heading(page, 'station.qcow2')).toBeFocused();
  const convert = page.getByRole('main').getByRole('button', { name: 'Convert…' });
  await tabTo(page, convert);
  await page.keyboard.press('Enter');
  await leave();
  await expect(convert).toBeFocused();
  const more = page.getByRole('button', { name: 'More actions' });
  for (const name of ['Resize…', 'Build a package…']) {
    await tabTo(page, more, 'Shift+Tab');
    await page.keyboard.press('Enter');
    // The menu has the focus a moment after it is drawn: keys before that go nowhere.
    await expect(page.getByRole('menu').locator(':focus')).toHaveCount(1);
    const item = page.getByRole('menuitem', { name });
    for (let step = 0; step < 20 && !(await hasFocus(item)); step++) await page.keyboard.press('ArrowDown');
    await expect(item).toBeFocused();
    await page.keyboard.press('Enter');
    await leave();
    await expect(more).toBeFocused();
  }
});
