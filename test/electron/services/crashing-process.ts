/** A Platter that starts a job which does not end and says where its partial file is: to be killed by a test. */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { listPartialFiles } from '../../../electron/catalogue/partial-files.ts';
import { compose } from '../../../electron/services/compose.ts';

const [home, outputPath] = process.argv.slice(2) as [string, string];
const worker = fileURLToPath(new URL('../jobs/fixture-worker.ts', import.meta.url));
const { jobs, catalogue } = compose({
  home,
  workerEntries: { worker, computer: worker },
  host: { host: 'web', version: '0' },
  cores: 1,
});
const request = { source: { path: '/a' }, outputPath, target: { format: 'raw' } };
const { id } = await jobs.start({ kind: 'convert', request });
await jobs.start({ kind: 'convert', request: { ...request, outputPath: `${outputPath}-quick` } });
for (;;) {
  await delay(20);
  const [partial] = listPartialFiles(catalogue, id);
  const progress = (await jobs.list()).find((job) => job.id === id)?.progress;
  if (partial === undefined || !(progress?.doneBytes ?? 0)) continue;
  process.stdout.write(partial);
  break;
}
