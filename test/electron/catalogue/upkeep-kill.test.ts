import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { listBackups } from '../../../electron/catalogue/backups.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { exportLibrary } from '../../../electron/catalogue/export-library.ts';
import { rememberImage } from '../../../electron/catalogue/images.ts';
import { problemsIn } from '../../../electron/catalogue/integrity.ts';
import { libraryLocation } from '../../../electron/catalogue/location.ts';
import { backUp } from '../../../electron/catalogue/backups.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const program = fileURLToPath(new URL('./upkeep-process.ts', import.meta.url));
/** PLATTER_KILLS=200 is the long campaign. */
const kills = Number(process.env['PLATTER_KILLS'] ?? 5);
const few = 100;
const many = 1500;

function fill(catalogue: Catalogue, count: number): void {
  const facts = {
    kind: 'disk',
    format: 'raw',
    variant: null,
    virtualSizeBytes: 1,
    fileSizeBytes: 1,
  } as const;
  catalogue.transaction(() => {
    for (let index = 0; index < count; index++) {
      const image = { ...facts, path: `/images/${index}.img`, allocatedBytes: 0, modifiedMilliseconds: null };
      rememberImage(catalogue, image, '2026-11-29T06:00:00.000Z');
    }
  });
}

it(
  'killed at any moment of an import or a restore, the library is what it was before or after, and every backup is sound',
  { timeout: 60_000 + kills * 5000 },
  async () => {
    const home = mkdtempSync(join(scratch, 'killed-'));
    const { databasePath, backupsFolder } = libraryLocation(home);
    const other = openCatalogue(':memory:');
    fill(other, many);
    exportLibrary(other, join(home, 'many.json'), 0);
    const catalogue = openCatalogue(databasePath);
    fill(catalogue, few);
    catalogue.close();
    backUp(databasePath, backupsFolder, Date.now());
    for (let kill = 0; kill < kills; kill++) {
      const child = fork(program, [home], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      await once(child, 'message');
      await delay(20 + ((kill * 137) % 400));
      child.kill('SIGKILL');
      await ended;
      const after = openCatalogue(databasePath);
      const { count } = after.get<{ count: number }>('SELECT count(*) AS count FROM images')!;
      after.close();
      expect([few, many]).toContain(count);
      expect(problemsIn(databasePath)).toEqual([]);
    }
    const unsound = listBackups(backupsFolder).filter(
      ({ name }) => problemsIn(join(backupsFolder, name)).length > 0,
    );
    expect(unsound).toEqual([]);
  },
);
