/** The stages of what is seldom seen: a hundred thousand entries, answers that are long in coming, a library that was damaged. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { openCatalogue } from '../../electron/catalogue/database.ts';
import { expect, type HostApp } from './app.ts';
import type { Places } from './places.ts';
import type { Surroundings } from './stages.ts';
import { libraryRow, navigation, showJobs, showLibrary, showSettings, showView } from './views.ts';

const hugeCount = 100_000;
const patience = { timeout: 30_000 };

export async function* extremesOf({ app, places }: Surroundings): AsyncGenerator<string> {
  await app.quit();
  fillLibrary(places);
  await app.start();
  const summary = app.page.getByTestId('library-summary');
  await expect(summary).toContainText(/100,\d\d\d items/, patience);
  const first = app.page.getByTestId('list-row').first();
  await first.click();
  await expect(first).toHaveAttribute('aria-selected', 'true');
  yield 'huge-list';
  await showView(app.page, 'grid');
  await expect(app.page.getByTestId('card').first()).toBeVisible(patience);
  yield 'huge-grid';
  await showView(app.page, 'space');
  await expect(app.page.getByTestId('area').first()).toBeVisible(patience);
  yield 'huge-space';
  await app.page.getByRole('radio', { name: 'By format' }).check({ force: true });
  await app.page.getByRole('option', { name: /^qcow2/ }).click();
  await expect(app.page.getByRole('option', { name: / more, / })).toBeVisible(patience);
  yield 'huge-space-more';
  await showView(app.page, 'list');
  if (app.host === 'chromium') yield* slowOf(app);
  yield* damagedOf(app, places);
}

/** Entries as a large archive has them: their files are not there. */
function fillLibrary(places: Places): void {
  const catalogue = openCatalogue(join(places.library, 'library.sqlite'));
  const formats = ['qcow2', 'raw', 'vmdk', 'vhdx', 'vdi'];
  const shelves = ['web', 'mail', 'build', 'desktop', 'router', 'storage', 'archive', 'lab'];
  catalogue.transaction(() => {
    for (let index = 0; index < hugeCount; index++) {
      const shelf = shelves[(index * 7) % shelves.length]!;
      const format = formats[(index * index) % formats.length]!;
      const name = `${shelf}-${String(index).padStart(6, '0')}.${format}`;
      const bytes = (((index * 7919) % 4000) + 1) * 2 ** 20;
      catalogue.run(
        `INSERT OR IGNORE INTO images (path, kind, format, virtual_size_bytes, file_size_bytes, allocated_bytes,
           added_at, missing) VALUES (@path, 'disk', @format, @virtual, @bytes, @bytes, @added, 0)`,
        {
          path: `/srv/images/${shelf}/${String(index % 40).padStart(2, '0')}/${name}`,
          format,
          virtual: Math.ceil(bytes / 2 ** 30) * 8 * 2 ** 30,
          bytes,
          added: new Date(Date.UTC(2025, 0, 1) + index * 60_000).toISOString(),
        },
      );
    }
  });
  catalogue.close();
}

/** Nothing answers for a while: what a page shows before it knows anything, and a list of which only a part is known. */
async function* slowOf(app: HostApp): AsyncGenerator<string> {
  const { page } = app;
  const held: (() => void)[] = [];
  let holding = false;
  await page.routeWebSocket(/.*/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      if (holding) held.push(() => socket.send(message));
      else socket.send(message);
    });
  });
  await page.reload();
  await expect(page.getByTestId('list-row').first()).toBeVisible(patience);
  holding = true;
  await page.getByRole('grid').hover();
  await page.mouse.wheel(0, 400_000);
  await expect(page.getByRole('row', { name: 'Loading' }).first()).toBeVisible();
  yield 'partial-list';
  await page.reload();
  await expect(page.getByText('Loading the library')).toBeAttached();
  yield 'loading-library';
  await navigation(page).getByRole('button', { name: /^Jobs/ }).click();
  yield 'loading-jobs';
  holding = false;
  for (const release of held) release();
  await page.reload();
  await showLibrary(page);
  await expect(page.getByTestId('list-row').first()).toBeVisible(patience);
}

/** Part of the file is overwritten: the newest backup takes its place. */
async function* damagedOf(app: HostApp, places: Places): AsyncGenerator<string> {
  await app.quit();
  const file = openSync(join(places.library, 'library.sqlite'), 'r+');
  writeSync(file, Buffer.alloc(200_000, 0xa5), 0, undefined, 4096);
  closeSync(file);
  await app.start();
  await expect(app.page.getByTestId('library-rescue')).toContainText('was damaged', patience);
  yield 'library-damaged';
  await app.page.getByTestId('library-rescue').getByRole('button', { name: 'Understood' }).click();
  await showJobs(app.page);
  await showSettings(app.page);
  await showLibrary(app.page);
  await expect(
    libraryRow(app.page, 'harbour-disk1.qcow2').or(app.page.getByTestId('library-empty')),
  ).toBeVisible();
}
