/** Measures the library: scans, a catalogue of very many entries, and the window over it. `npm run bench:library`. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { buildWhenStale } from '../../build/stale.ts';
import { say } from './library-report.ts';
import { makeLibrary } from './made-library.ts';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    entries: { type: 'string', default: '100000' },
    parts: { type: 'string', default: 'scan,catalogue,host,window' },
  },
});
const parts = new Set(values.parts.split(','));

/** Each part is a process of its own, so that what one took does not count for the next. */
async function run(part: string, ...args: readonly string[]): Promise<void> {
  if (!parts.has(part)) return;
  const script = fileURLToPath(new URL(`./library-${part}.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the part “${part}” ended with ${code}`);
}

await buildWhenStale();
const folder = mkdtempSync(join(tmpdir(), 'platter-bench-library-'));
try {
  const load = loadavg()[0]!.toFixed(1);
  say(`${availableParallelism()} cores, Node ${process.version}; ${load} threads were at work before`);
  say();
  await run('scan', folder, values.files);
  say();
  const home = join(folder, 'home');
  const database = join(home, 'library.sqlite');
  const images = join(folder, 'library');
  mkdirSync(home);
  if (parts.size > 1 || !parts.has('scan')) {
    say(`A library of ${values.entries} entries`);
    makeLibrary(database, images, Number(values.entries));
  }
  await run('window', home);
  await run('host', home);
  await run('catalogue', database, values.entries, images);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
