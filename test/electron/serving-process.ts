/** Serves as the built script does, with a fixture for the worker: to be sent signals by a test. */
import { fileURLToPath } from 'node:url';
import { main } from '../../electron/serve.ts';
import { jobsBundle, libraryBundle } from '../setup/thread-bundles.ts';

const [home, rendererFolder, ...words] = process.argv.slice(2) as [string, string, ...string[]];
const worker = fileURLToPath(new URL('./jobs/fixture-worker.ts', import.meta.url));
await main(words, {
  home,
  rendererFolder,
  version: '1.0.0',
  workerEntries: { worker, computer: worker },
  libraryEntry: libraryBundle,
  jobsEntry: jobsBundle,
});
