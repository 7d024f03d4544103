/** The library thread's entry: serves the keeper over its port, so that neither a scan nor a search holds up the main thread. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openCatalogue } from '../catalogue/database.ts';
import { systemClock } from '../scanning/clock.ts';
import { watchFolder } from '../scanning/watching.ts';
import { serveCalls } from '../worker/calls.ts';
import { WorkerThread, type WorkerEntries } from '../worker/client.ts';
import { keepLibrary, type KeeperEvent } from './keeper.ts';

interface LibraryThreadStart {
  readonly calls: MessagePort;
  readonly databasePath: string;
  readonly workerEntries: WorkerEntries;
}

const { calls, databasePath, workerEntries } = workerData as LibraryThreadStart;
const tell = (event: KeeperEvent): void => parentPort!.postMessage(event);
const catalogue = openCatalogue(databasePath, { log: (line) => tell({ kind: 'log', line }) });
const keeper = keepLibrary({
  catalogue,
  startThread: () => new WorkerThread(workerEntries),
  watch: watchFolder,
  clock: systemClock,
  tell,
});

serveCalls(calls, {
  ...keeper,
  close: async () => {
    await keeper.close();
    catalogue.close();
  },
});
