import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { listWatchedFolders } from '../../../electron/catalogue/folders.ts';
import { listImages } from '../../../electron/catalogue/images.ts';
import { createImage } from '#engine/operations/create.ts';
import { quietControl } from '../engine/quiet-control.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const program = fileURLToPath(new URL('./scanning-process.ts', import.meta.url));
/** PLATTER_KILLS=200 is the long campaign. */
const kills = Number(process.env['PLATTER_KILLS'] ?? 6);
const madeAt = 1_700_000_000;

/** Deterministic, so that a failure comes again. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

it(
  'killed at any moment of a scan, the library opens, and nothing that was told of is lost or half done',
  { timeout: 60_000 + kills * 10_000 },
  async () => {
    const home = mkdtempSync(join(scratch, 'killed-'));
    const folder = join(home, 'images');
    mkdirSync(join(folder, 'deep'), { recursive: true });
    const random = randomNumbers(7);
    let count = 0;
    const add = (): void => {
      const path = join(folder, random() < 0.5 ? '' : 'deep', `disk-${++count}.img`);
      createImage(
        { outputPath: path, target: { format: 'qcow2' }, capacityBytes: count << 20 },
        quietControl(),
      );
      utimesSync(path, madeAt, madeAt + count);
    };
    for (let index = 0; index < 60; index++) add();
    writeFileSync(join(folder, 'notes.txt'), 'no image');
    const library = join(home, 'library.sqlite');
    const acknowledged = new Set<number>();
    const logged: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const child = fork(program, [library, folder], { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const begun = new Promise<void>((resolve) => {
        child.on('message', (message: number[] | { log: string }) => {
          if ('log' in message) logged.push(message.log);
          else for (const id of message) acknowledged.add(id);
          resolve();
        });
      });
      await begun;
      // Files come, move and go under the scan.
      for (let step = 0; step < 8; step++) {
        const [name] = readdirSync(folder).filter((one) => one.startsWith('disk-'));
        if (name === undefined || random() < 0.5) add();
        else if (random() < 0.3) rmSync(join(folder, name));
        else renameSync(join(folder, name), join(folder, 'deep', `moved-${kill}-${step}-${name}`));
        await delay(random() * 15);
      }
      child.kill('SIGKILL');
      await ended;
      const catalogue = openCatalogue(library);
      expect(catalogue.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      const ids = new Set(listImages(catalogue).map(({ id }) => id));
      expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
      // A file on record as seen that is an image has its entry: both were written in one transaction.
      const orphans = catalogue.all(
        `SELECT name FROM seen_files WHERE name <> 'notes.txt'
         AND NOT EXISTS (SELECT 1 FROM images WHERE images.path = folder || '/' || name)`,
      );
      expect(orphans).toEqual([]);
      expect(listWatchedFolders(catalogue)).toMatchObject([{ path: folder }]);
      catalogue.close();
    }
    expect(logged).toEqual([]);
    expect(acknowledged.size).toBeGreaterThanOrEqual(60);
  },
);
