// What only the desktop has of the library: showing a file in the system's file manager, and dragging files out of the window.
import { expect, test } from './app.ts';
import type { ElectronHost } from './electron-host.ts';
import { provide } from './places.ts';
import { details, libraryCard, libraryRow, showView } from './views.ts';

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

test('files are dragged out of the window: what is selected, or what is taken hold of', async ({
  app,
  places,
  appliance,
}) => {
  const { application } = app as ElectronHost;
  const { page } = app;
  const [first, second] = [0, 1].map((index) =>
    provide(appliance.disks[index]!.rawPath, places.output, `${index}.img`),
  );
  // The drag of the system, which no test can drive, is only noted.
  await application.evaluate(({ BrowserWindow }) => {
    const noted = globalThis as unknown as { dragged?: unknown[] };
    noted.dragged = [];
    BrowserWindow.getAllWindows()[0]!.webContents.startDrag = ({ files, icon }) => {
      noted.dragged!.push([files, (icon as { isEmpty(): boolean }).isEmpty()]);
    };
  });
  const dragged = () => application.evaluate(() => (globalThis as { dragged?: unknown[] }).dragged);
  await app.dropFiles(first!, second!);
  await libraryRow(page, '0.img').click();
  await libraryRow(page, '1.img').dispatchEvent('dragstart');
  await expect.poll(dragged).toEqual([[[second], false]]);
  await expect(libraryRow(page, '1.img')).toHaveAttribute('aria-selected', 'true');
  await libraryRow(page, '0.img').click({ modifiers: ['Control'] });
  await showView(page, 'grid');
  await libraryCard(page, '1.img').dispatchEvent('dragstart');
  await expect.poll(async () => ((await dragged()) as string[][][])[1]![0]!.sort()).toEqual([first, second]);
});
