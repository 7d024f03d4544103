// What only the desktop has of opening: files by argument, as a file manager passes them, to the first and to a later start.
import { applianceFacts } from '../fixtures/appliance.ts';
import { expect, test } from './app.ts';
import type { ElectronHost } from './electron-host.ts';
import { provide } from './places.ts';
import { details, heading, libraryRow } from './views.ts';

test('a double-click on an appliance starts Platter with it', async ({ makeApp, places, appliance }) => {
  const app = makeApp();
  await app.start([provide(appliance.path, places.downloads)]);
  await expect(heading(app.page, applianceFacts.product)).toBeVisible();
});

test('a double-click while Platter runs opens the file in its window', async ({ app, places, appliance }) => {
  const desktop = app as ElectronHost;
  const image = provide(appliance.disks[1]!.rawPath, places.downloads, 'second disk.img');
  expect(await desktop.startAgain([image])).toBe(0);
  await expect(libraryRow(app.page, 'second disk.img')).toBeVisible();
  await expect(details(app.page, 'second disk.img')).toContainText(image);
  expect(
    await desktop.application.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length),
  ).toBe(1);
});

test('macOS hands over files in its own way', async ({ app, places, appliance }) => {
  const path = provide(appliance.path, places.downloads);
  await (app as ElectronHost).application.evaluate(({ app: electron }, file) => {
    electron.emit('open-file', { preventDefault: () => undefined }, file);
  }, path);
  await expect(heading(app.page, applianceFacts.product)).toBeVisible();
});

test('the window comes back where it was', async ({ app }) => {
  const desktop = app as ElectronHost;
  const wanted = { x: 40, y: 60, width: 1100, height: 720 };
  const bounds = () =>
    desktop.application.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getBounds());
  await desktop.application.evaluate(({ BrowserWindow }, place) => {
    BrowserWindow.getAllWindows()[0]!.setBounds(place);
  }, wanted);
  await expect.poll(bounds).toEqual(wanted);
  await app.restart();
  expect(await bounds()).toEqual(wanted);
});

test('the page has no Node, and what it may do is denied', async ({ app }) => {
  const desktop = app as ElectronHost;
  const reach = await app.page.evaluate(() => ({
    globals: ['require', 'process', 'module', 'Buffer', 'global'].filter((name) => name in globalThis),
    opened: window.open('https://example.org/') === null,
  }));
  expect(reach).toEqual({ globals: [], opened: true });
  const denied = await app.page.evaluate(async () => {
    const { state } = await navigator.permissions.query({ name: 'geolocation' });
    return [state, Notification.permission];
  });
  expect(denied).toEqual(['denied', 'denied']);
  const preferences = await desktop.application.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]!.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>;
    };
    const { contextIsolation, sandbox, nodeIntegration, webSecurity } = contents.getLastWebPreferences();
    return { contextIsolation, sandbox, nodeIntegration, webSecurity };
  });
  expect(preferences).toEqual({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
  });
  await app.page.evaluate(() => location.assign('https://example.org/'));
  const address = () =>
    desktop.application.evaluate(({ BrowserWindow }) => {
      const { webContents } = BrowserWindow.getAllWindows()[0]!;
      return webContents.isLoading() ? 'loading' : webContents.getURL();
    });
  await expect.poll(address).toMatch(/^app:\/\/platter\//);
});
