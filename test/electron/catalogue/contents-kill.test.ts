import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findContent } from '../../../electron/catalogue/contents.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { problemsIn } from '../../../electron/catalogue/integrity.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { addEntry, someContent, someFile } from './some-content.ts';

const program = fileURLToPath(new URL('./contents-process.ts', import.meta.url));
/** PLATTER_KILLS=200 is the long campaign. */
const kills = Number(process.env['PLATTER_KILLS'] ?? 4);

it(
  'killed at any moment of recording, the library has whole contents or none',
  { timeout: 60_000 + kills * 5000 },
  async () => {
    const databasePath = join(mkdtempSync(join(scratchFolder(), 'killed-')), 'library.sqlite');
    const first = openCatalogue(databasePath);
    const ids = Array.from({ length: 30 }, (_, index) => addEntry(first, `/${index}.raw`));
    first.close();
    let known = 0;
    for (let kill = 0; kill < kills; kill++) {
      const child = fork(program, [databasePath], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      await once(child, 'message');
      await delay(30 + ((kill * 137) % 300));
      child.kill('SIGKILL');
      await ended;
      expect(problemsIn(databasePath)).toEqual([]);
      const catalogue = openCatalogue(databasePath);
      for (const id of ids) {
        const content = findContent(catalogue, id);
        if (content === null) continue;
        known++;
        expect(content.files.map(({ role }) => role)).toEqual(['image', 'parent', 'part']);
        const words = [...new BigUint64Array(Uint8Array.from(content.blocks).buffer)].map(Number);
        expect(content.root).toBe(someContent([someFile('/a')], words).root);
      }
      catalogue.close();
    }
    expect(known).toBeGreaterThan(0);
  },
);
