/** The main thread's side of the library thread: the keeper's calls, answered over there; a thread that dies is started again. */
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import { Failure } from '#shared/failure.ts';
import { filledIn, inEnglish, type Message } from '#shared/in-english.ts';
import { clientOver } from '../worker/calls.ts';
import type { WorkerEntries } from '../worker/client.ts';
import type { KeeperEvent, LibraryKeeper } from './keeper.ts';

export interface LibraryThreadParts {
  /** The thread's script: an absolute path. */
  readonly entry: string;
  readonly databasePath: string;
  readonly workerEntries: WorkerEntries;
  readonly tell: (event: KeeperEvent) => void;
}

interface Running {
  readonly worker: Worker;
  readonly client: LibraryKeeper;
  /** Rejects when the thread ends. */
  readonly death: Promise<never>;
}

/** A thread that dies at once each time is not started without end. */
const restartMilliseconds = 1000;
/** A drive that does not answer must not keep Platter from closing; every write is a transaction. */
const closeMilliseconds = 5000;

/** Starts the thread. What is asked of a thread that dies fails with `operation.interrupted`. */
export function libraryInThread(parts: LibraryThreadParts): LibraryKeeper {
  const { tell } = parts;
  let closing = false;
  const ended = (reason: Message): void => {
    if (closing) return;
    tell({ kind: 'log', line: String(filledIn('', reason)) });
    setTimeout(restart, restartMilliseconds).unref();
  };
  let running = startThread(parts, ended);
  function restart(): void {
    if (closing) return;
    running = startThread(parts, ended);
    running.client.start().then(
      () => tell({ kind: 'library', changed: null }),
      (error: unknown) => tell({ kind: 'log', line: `the library is not followed: ${String(error)}` }),
    );
  }
  const close = async (): Promise<void> => {
    closing = true;
    const { worker, client, death } = running;
    const patience = delay(closeMilliseconds, undefined, { ref: false });
    await Promise.race([client.close(), death, patience]).catch(() => {
      // It has died: there is nothing to close.
    });
    await worker.terminate();
  };
  const asking = (name: keyof LibraryKeeper) => (input: unknown) => {
    const { client, death } = running;
    const call = client[name] as (input: unknown) => Promise<unknown>;
    return Promise.race([call(input), death]);
  };
  return new Proxy({} as LibraryKeeper, {
    get: (_, name) =>
      name === 'close'
        ? close
        : typeof name === 'string' && name !== 'then'
          ? asking(name as keyof LibraryKeeper)
          : undefined,
  });
}

function startThread(
  { entry, databasePath, workerEntries, tell }: LibraryThreadParts,
  ended: (reason: Message) => void,
): Running {
  const calls = new MessageChannel();
  const worker = new Worker(entry, {
    workerData: { calls: calls.port2, databasePath, workerEntries },
    transferList: [calls.port2],
  });
  worker.on('message', (event: KeeperEvent) => tell(event));
  let reason: Message = inEnglish('the library thread ended');
  worker.on(
    'error',
    (error) => (reason = inEnglish('the library thread failed: {error}', { error: String(error) })),
  );
  const death = new Promise<never>((_, reject) => {
    worker.once('exit', () => {
      reject(new Failure('operation.interrupted', { reason }));
      ended(reason);
    });
  });
  // Nobody may be waiting for an answer when it dies.
  death.catch(() => {});
  return { worker, death, client: clientOver<LibraryKeeper>(calls.port1) };
}
