import { copyFileSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createImage } from '#engine/operations/create.ts';
import type { LibraryQuery } from '#shared/domain/library.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { libraryInThread } from '../../../electron/library/client.ts';
import type { KeeperEvent } from '../../../electron/library/keeper.ts';
import { libraryBundle, threadBundles } from '../../setup/thread-bundles.ts';
import { quietControl } from '../engine/quiet-control.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const query: LibraryQuery = { text: '', scope: '', sort: { key: 'name', direction: 'ascending' } };

it('keeps the library in a thread: scans, answers, takes edits, and sees what others wrote', async () => {
  const home = mkdtempSync(join(scratch, 'thread-'));
  const images = join(home, 'images');
  mkdirSync(images);
  const first = join(images, 'disk-1.qcow2');
  createImage({ outputPath: first, target: { format: 'qcow2' }, capacityBytes: 1 << 20 }, quietControl());
  for (let index = 2; index <= 5; index++) copyFileSync(first, join(images, `disk-${index}.qcow2`));
  for (let index = 1; index <= 5; index++) utimesSync(join(images, `disk-${index}.qcow2`), 1.7e9, 1.7e9);
  const databasePath = join(home, 'library.sqlite');
  const catalogue = openCatalogue(databasePath);
  const events: KeeperEvent[] = [];
  const keeper = libraryInThread({
    entry: libraryBundle,
    databasePath,
    workerEntries: threadBundles,
    tell: (event) => events.push(event),
  });
  await keeper.start();
  const { id } = await keeper.addFolder({ path: images });
  expect(await keeper.scanFolder({ id })).toMatchObject({ filesListed: 5 });
  const page = await keeper.query({
    query: { ...query, text: 'disk format:qcow2' },
    offset: 1,
    limit: 2,
    place: null,
  });
  expect(page).toMatchObject({ total: 5, entries: [{ name: 'disk-2.qcow2' }, { name: 'disk-3.qcow2' }] });
  expect(events).toContainEqual({ kind: 'library', changed: expect.arrayContaining([page.entries[0]!.id]) });
  await keeper.annotate({ ids: [page.entries[0]!.id], annotation: { addTags: ['prod'] } });
  catalogue.run("UPDATE images SET note = 'from elsewhere' WHERE path = @first", { first });
  const found = await keeper.query({
    query: { ...query, text: 'tag:prod OR elsewhere' },
    offset: 0,
    limit: 9,
    place: null,
  });
  expect(found.entries.map(({ name }) => name)).toEqual(['disk-1.qcow2', 'disk-2.qcow2']);
  await expect(keeper.addFolder({ path: images })).rejects.toMatchObject({ code: 'input.invalid' });
  await keeper.close();
  // How long a query takes says more of the machine than of the code.
  const lines = events.flatMap((event) => (event.kind === 'log' ? [event.line] : []));
  expect(lines.filter((line) => !line.startsWith('slow query'))).toEqual([]);
  catalogue.close();
});

it('says when the thread has died, fails what was asked of it, and starts another', async () => {
  const folder = mkdtempSync(join(scratch, 'dying-'));
  const entry = join(folder, 'thread.mjs');
  writeFileSync(entry, 'throw new Error("no luck");');
  const events: KeeperEvent[] = [];
  const keeper = libraryInThread({
    entry,
    databasePath: join(folder, 'library.sqlite'),
    workerEntries: threadBundles,
    tell: (event) => events.push(event),
  });
  await expect(keeper.desk()).rejects.toMatchObject({ code: 'operation.interrupted' });
  expect(events).toEqual([{ kind: 'log', line: 'the library thread failed: Error: no luck' }]);
  writeFileSync(
    entry,
    `process.getBuiltinModule('module').createRequire('${libraryBundle}')('${libraryBundle}');`,
  );
  await vi.waitFor(async () => expect(await keeper.desk()).toMatchObject({ undo: null }), { timeout: 8000 });
  await vi.waitFor(() => expect(events).toContainEqual({ kind: 'library', changed: null }));
  await keeper.close();
});
