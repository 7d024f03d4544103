/** A compute thread's entry. */
import { workerData } from 'node:worker_threads';
import { runComputer, type ComputerStart } from '#engine/pipeline/thread.ts';

runComputer(workerData as ComputerStart);
