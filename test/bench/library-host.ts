/** Measures the program around a very large library: its start, and whether its main thread stays free while conversions run. */
import { call } from '@orpc/server';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import { bundleFolder } from '../../build/paths.ts';
import { compose } from '../../electron/services/compose.ts';
import { noise, writeRawDisk } from '../electron/engine/pattern.ts';
import { goals, percentile, say, timed, timeRow } from './library-report.ts';

const [home] = process.argv.slice(2);
const conversions = 8;
const diskBytes = 64 << 20;
const searches = [
  'd',
  'de',
  'deb',
  'debi',
  'debia',
  'debian',
  'format:qcow2',
  'storage',
  'osaka web',
  'tag:old',
];
const sort = { key: 'added', direction: 'descending' } as const;

const started = performance.now();
const backend = compose({
  home: home!,
  workerEntries: { worker: join(bundleFolder, 'worker.cjs'), computer: join(bundleFolder, 'computer.cjs') },
  libraryEntry: join(bundleFolder, 'library.cjs'),
  jobsEntry: join(bundleFolder, 'jobs.cjs'),
  host: { host: 'web', version: '0' },
  log: say,
});
const { library, jobs } = backend.router;
const page = (text: string) => call(library.query, { text, scope: '', sort, offset: 0, limit: 100 });
const first = await timed(() => page(''));
timeRow(
  'From start to the first page, without a window',
  performance.now() - started,
  goals.startMilliseconds,
);
timeRow(
  'Main thread: longest block while the library is read',
  first.longestBlockMilliseconds,
  goals.blockedMilliseconds,
);

const work = join(home!, 'conversions');
mkdirSync(work);
const sources = Array.from({ length: conversions }, (_, at) =>
  writeRawDisk(join(work, `${at}.raw`), diskBytes, [{ at: 0, bytes: noise(16 << 20, at) }]),
);
const answers: number[] = [];
const busy = await timed(async () => {
  for (const [at, path] of sources.entries()) {
    await call(jobs.start, {
      kind: 'convert',
      request: {
        source: { path, format: 'raw' },
        outputPath: join(work, `${at}.qcow2`),
        target: { format: 'qcow2', variant: 'zlib' },
      },
    });
  }
  for (let at = 0; await backend.jobs.underWay(); at++) {
    const asked = performance.now();
    await page(searches[at % searches.length]!);
    answers.push(performance.now() - asked);
    await delay(20);
  }
});
const failed = (await backend.jobs.list()).filter(({ state }) => state !== 'done').length;
if (failed > 0) say(`WRONG: ${failed} of ${conversions} conversions failed`);
timeRow(
  `Main thread: longest block while ${conversions} conversions run`,
  busy.longestBlockMilliseconds,
  goals.blockedMilliseconds,
);
timeRow(`Searches meanwhile: median of ${answers.length}`, percentile(answers, 0.5));
await backend.close();
say();
