/** Does work on the library file away from the thread that everybody waits for. */
import { Worker } from 'node:worker_threads';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import {
  carryOut,
  type UpkeepAnswer,
  type UpkeepOrder,
  type UpkeepTask,
  type UpkeepTasks,
} from '../catalogue/upkeep-tasks.ts';

export type RunUpkeep = <Task extends UpkeepTask>(
  task: Task,
  input: Parameters<UpkeepTasks[Task]>[0],
) => ReturnType<UpkeepTasks[Task]>;

/** In a thread of its own that ends with the work; in this one where there is no script for it. */
export function upkeepRunner(entry: string | undefined): RunUpkeep {
  const run = async (task: UpkeepTask, input: unknown): Promise<unknown> => {
    const order = { task, input };
    const answer = await (entry === undefined ? carryOut(order) : inThread(entry, order));
    if ('failure' in answer) throw Failure.fromData(answer.failure);
    return answer.result;
  };
  return run as RunUpkeep;
}

function inThread(entry: string, order: UpkeepOrder): Promise<UpkeepAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(entry, { workerData: order });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(
        new Failure('operation.interrupted', {
          reason: inEnglish('the thread ended with code {code}', { code }),
        }),
      ),
    );
  });
}
