import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { libraryLocation } from '../../../electron/catalogue/location.ts';
import { openOrRecover, readRescue } from '../../../electron/catalogue/recovery.ts';
import type { Catalogue } from '../../../electron/catalogue/database.ts';
import { UpkeepKeeper } from '../../../electron/services/upkeep-keeper.ts';
import { upkeepRunner } from '../../../electron/services/upkeep-runner.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { VirtualClock } from '../scanning/virtual-clock.ts';
import { upkeepBundle } from '../../setup/thread-bundles.ts';

const scratch = scratchFolder();
const start = Date.UTC(2026, 10, 29, 6);
const hour = 60 * 60_000;
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function keep(
  entry?: string,
  jobsUnderWay = () => false,
): {
  keeper: UpkeepKeeper;
  clock: VirtualClock;
  catalogue: Catalogue;
  told: string[];
  location: ReturnType<typeof libraryLocation>;
} {
  const location = libraryLocation(mkdtempSync(join(scratch, 'home-')));
  const catalogue = openOrRecover(location);
  const clock = new VirtualClock(start);
  const told: string[] = [];
  const keeper = new UpkeepKeeper({
    catalogue,
    location,
    run: upkeepRunner(entry),
    clock,
    jobsUnderWay: async () => jobsUnderWay(),
    changed: () => {},
    contentReplaced: () => void told.push('replaced'),
    log: (line) => void told.push(line),
  });
  closing.push(() => keeper.close().then(() => catalogue.close()));
  return { keeper, clock, catalogue, told, location };
}

it('checks the file after the start, and backs it up once a day', async () => {
  const { keeper, clock, told } = keep();
  keeper.start();
  await clock.pass(1000);
  expect(keeper.state()).toMatchObject({ check: null, backups: [] });
  await clock.pass(hour);
  expect(keeper.state().check?.problems).toEqual([]);
  const dates = (): string[] => keeper.state().backups.map(({ takenAt }) => takenAt.slice(0, 13));
  expect(dates()).toEqual(['2026-11-29T06']);
  await clock.pass(20 * hour);
  expect(dates()).toEqual(['2026-11-29T06']);
  await clock.pass(5 * hour);
  expect(dates()).toEqual(['2026-11-30T06', '2026-11-29T06']);
  expect(told).toEqual([]);
});

it('finds a damaged file, tells of it, and takes no backup of it', async () => {
  const { keeper, clock, catalogue, location } = keep();
  await keeper.backUp();
  catalogue.get('PRAGMA wal_checkpoint(TRUNCATE)');
  writeFileSync(location.databasePath, Buffer.alloc(8192, 0xa5));
  keeper.start();
  await clock.pass(26 * hour);
  expect(keeper.state().check?.problems).not.toEqual([]);
  expect(keeper.state().backups).toHaveLength(1);
  expect(readdirSync(location.folder)).toContain('library.sqlite.found-damaged');
});

it('restores and imports with a way back, not while jobs run, and says so until it is read', async () => {
  let busy = true;
  const { keeper, clock, catalogue, told, location } = keep(upkeepBundle, () => busy);
  catalogue.run(`INSERT INTO saved_searches (name, query) VALUES ('Old', 'a')`);
  const { name } = await keeper.backUp();
  const { path } = await keeper.exportTo(location.folder);
  catalogue.run(`UPDATE saved_searches SET name = 'New'`);
  await expect(keeper.restore(name)).rejects.toThrow('jobs are under way');
  await expect(keeper.importFrom(path, 'replace')).rejects.toThrow('jobs are under way');
  busy = false;
  await keeper.restore(name);
  expect(catalogue.column('SELECT name FROM saved_searches')).toEqual(['Old']);
  expect(keeper.state().rescue).toMatchObject({ kind: 'restored' });
  catalogue.run(`UPDATE saved_searches SET name = 'New'`);
  await clock.pass(1000);
  await keeper.importFrom(path, 'merge');
  expect(catalogue.column('SELECT name FROM saved_searches ORDER BY name')).toEqual(['New', 'Old']);
  expect(keeper.state().rescue).toMatchObject({
    kind: 'imported',
    keptAt: expect.stringContaining('before-'),
  });
  keeper.dismissRescue();
  expect(readRescue(catalogue)).toBe(null);
  expect(told).toEqual(['replaced', 'replaced']);
  await expect(keeper.restore('../library.sqlite')).rejects.toThrow('no backup');
  writeFileSync(path, '{}');
  await expect(keeper.importFrom(path, 'replace')).rejects.toThrow('not a catalogue');
  expect(keeper.state().busy).toBe(null);
});
