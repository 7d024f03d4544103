// What only the desktop has of the library: showing a file in the system's file manager.
import { expect, test } from './app.ts';
import type { ElectronHost } from './electron-host.ts';
import { provide } from './places.ts';
import { details, libraryRow } from './views.ts';

test('an entry is shown in the file manager', async ({ app, places, appliance }) => {
  const { application } = app as ElectronHost;
  const path = provide(appliance.disks[0]!.rawPath, places.output, 'first.img');
  await application.evaluate(({ shell }) => {
    const shown = globalThis as unknown as { shownInFolder?: string };
    shell.showItemInFolder = (file) => {
      shown.shownInFolder = file;
    };
  });
  await app.dropFiles(path);
  await libraryRow(app.page, 'first.img').click();
  await details(app.page, 'first.img').getByRole('button', { name: 'Show in file manager' }).click();
  const shown = () => application.evaluate(() => (globalThis as { shownInFolder?: string }).shownInFolder);
  await expect.poll(shown).toBe(path);
});
