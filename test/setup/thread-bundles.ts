/** Where the bundled scripts of the threads are, which the code under test starts by the hundred. @see build-threads.ts */
import { join } from 'node:path';
import { threadsFolder } from '../../build/paths.ts';
import type { WorkerEntries } from '../../electron/worker/client.ts';

/** As the sources were when the tests began. */
export const threadBundles: WorkerEntries = {
  worker: join(threadsFolder, 'worker.cjs'),
  computer: join(threadsFolder, 'computer.cjs'),
};

/** The script that works on the library file. */
export const upkeepBundle = join(threadsFolder, 'upkeep.cjs');
/** The script of the thread that keeps the library. */
export const libraryBundle = join(threadsFolder, 'library.cjs');
/** The script of the thread that runs the jobs' queue. */
export const jobsBundle = join(threadsFolder, 'jobs.cjs');
