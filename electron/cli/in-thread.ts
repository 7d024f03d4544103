/** Operations that write: run in a thread, so that Ctrl-C stops them and what they had begun is removed. */
import { unlimited, type JobLimits } from '#shared/domain/job.ts';
import { workerEntries } from '../entries.ts';
import { WorkerThread, type RunOptions, type WorkerClient } from '../worker/client.ts';
import { ProgressLine, redrawMilliseconds } from './progress-line.ts';

/** Runs one engine operation, draws its progress where a terminal watches, and stops it cleanly on Ctrl-C. */
export async function runOperation<T>(
  json: boolean,
  call: (client: WorkerClient) => Promise<T>,
  limits: JobLimits = unlimited,
  options: Pick<RunOptions, 'listeners' | 'journal'> = {},
): Promise<T> {
  const thread = new WorkerThread(workerEntries());
  const interrupted = (): void => thread.cancel();
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  const line = ProgressLine.forPeople(json);
  const draw = (): void => {
    const { progress } = thread;
    if (progress !== null) line?.draw(progress);
  };
  const timer = line === null ? undefined : setInterval(draw, redrawMilliseconds);
  try {
    return await thread.run(call, { ...options, limits });
  } finally {
    clearInterval(timer);
    line?.clear();
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    await thread.terminate();
  }
}
