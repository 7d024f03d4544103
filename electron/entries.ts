/** Where the scripts of the threads lie: beside the bundle, or the sources when Node runs those directly. */
import { fileURLToPath } from 'node:url';
import type { WorkerEntries } from './worker/client.ts';

function locate(bundle: string, source: string): string {
  const bundled = !import.meta.url.endsWith('.ts');
  return fileURLToPath(new URL(bundled ? bundle : source, import.meta.url));
}

/** The absolute path of the script that works on the library file. */
export function upkeepEntry(): string {
  return locate('./upkeep.cjs', './catalogue/upkeep-thread.ts');
}

/** The absolute paths of the scripts of threads that run operations. */
export function workerEntries(): WorkerEntries {
  return {
    worker: locate('./worker.cjs', './worker/main.ts'),
    computer: locate('./computer.cjs', './worker/computer.ts'),
  };
}

/** The absolute path of the script of the thread that keeps the library. */
export function libraryEntry(): string {
  return locate('./library.cjs', './library/thread.ts');
}

/** The absolute path of the script of the thread that runs the jobs' queue. */
export function jobsEntry(): string {
  return locate('./jobs.cjs', './jobs/thread.ts');
}
