/** A thread that borrows a store, does with it what it is told, and answers with what came of each step. */
import { parentPort, workerData } from 'node:worker_threads';
import { Failure } from '#shared/failure.ts';
import { borrowedStore, type LentStore } from '../../../electron/jobs/lent-store.ts';

const { lent, steps } = workerData as {
  readonly lent: LentStore;
  readonly steps: readonly (readonly [name: 'read' | 'write' | 'remove', ...words: string[]])[];
};
const store = borrowedStore(lent);
const answers = steps.map(([name, ...words]) => {
  try {
    return (store[name] as (...words: string[]) => string | null | void)(...words) ?? null;
  } catch (error) {
    return Failure.from(error).code;
  }
});
parentPort!.postMessage(answers);
