/** A worker thread's entry: serves the engine's operations over its port. */
import { workerData, type MessagePort } from 'node:worker_threads';
import { serveCalls } from './calls.ts';
import { ControlBlock } from './control-block.ts';
import { controlFor } from './operation-control.ts';
import { operationsUnder } from './operations.ts';

interface WorkerStart {
  readonly calls: MessagePort;
  readonly events: MessagePort;
  readonly memory: SharedArrayBuffer;
  readonly computerEntry: string;
}

const { calls, events, memory, computerEntry } = workerData as WorkerStart;
const surroundings = { block: new ControlBlock(memory), events, computerEntry };

serveCalls(
  calls,
  operationsUnder({
    withThreads: () => controlFor(surroundings, true),
    inThisThread: () => controlFor(surroundings, false),
  }),
);
