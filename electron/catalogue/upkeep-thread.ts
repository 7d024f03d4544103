/** A thread's entry: does one work on the library file, says what came of it, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { carryOut, type UpkeepOrder } from './upkeep-tasks.ts';

void carryOut(workerData as UpkeepOrder).then((answer) => parentPort!.postMessage(answer));
