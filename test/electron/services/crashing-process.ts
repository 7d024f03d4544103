/** A Platter that starts a job which does not end and says where its partial file is: to be killed by a test. */
import { fileURLToPath } from 'node:url';
import { listPartialFiles } from '../../../electron/catalogue/partial-files.ts';
import { compose } from '../../../electron/services/compose.ts';

const [home, outputPath] = process.argv.slice(2) as [string, string];
const worker = fileURLToPath(new URL('../jobs/fixture-worker.ts', import.meta.url));
const { queue, catalogue } = compose({
  home,
  workerEntries: { worker, computer: worker },
  host: { host: 'web', version: '0' },
  cores: 1,
});
const request = { source: { path: '/a' }, outputPath, target: { format: 'raw' } };
const { id } = queue.start({ kind: 'convert', request });
queue.start({ kind: 'convert', request: { ...request, outputPath: `${outputPath}-quick` } });
const timer = setInterval(() => {
  const [partial] = listPartialFiles(catalogue, id);
  if (partial === undefined || !(queue.get(id).progress?.doneBytes ?? 0)) return;
  clearInterval(timer);
  process.stdout.write(partial);
}, 20);
