/** Where the scripts of the threads lie: beside the bundle, or the sources when Node runs those directly. */
import { fileURLToPath } from 'node:url';
import type { WorkerEntries } from './worker/client.ts';

/** The absolute paths of the threads' scripts. */
export function workerEntries(): WorkerEntries {
  const bundled = !import.meta.url.endsWith('.ts');
  const locate = (bundle: string, source: string): string =>
    fileURLToPath(new URL(bundled ? bundle : source, import.meta.url));
  return {
    worker: locate('./worker.cjs', './worker/main.ts'),
    computer: locate('./computer.cjs', './worker/computer.ts'),
  };
}
