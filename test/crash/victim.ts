/** A Platter that converts one disk, going on with what an earlier one has left; to be killed at any moment. */
import { setTimeout as delay } from 'node:timers/promises';
import { changeSettings } from '../../electron/catalogue/settings.ts';
import { compose } from '../../electron/services/compose.ts';
import { unlimited, type JobRequest } from '../../shared/domain/job.ts';
import { jobsBundle, threadBundles } from '../setup/thread-bundles.ts';

const [home, request, speed] = process.argv.slice(2) as [string, string, string];
const work = JSON.parse(request) as JobRequest;
const { jobs, catalogue, close } = compose({
  home,
  workerEntries: threadBundles,
  jobsEntry: jobsBundle,
  host: { host: 'web', version: '0' },
  cores: 1,
});
changeSettings(catalogue, { limits: { ...unlimited, workers: 2, bytesPerSecond: Number(speed) } });

/** The job that is there already, else a new one. */
async function begin(): Promise<number> {
  const [last] = await jobs.list();
  if (last === undefined || (last.endedAt !== null && !last.resumable && last.state !== 'done')) {
    return (await jobs.start(work)).id;
  }
  if (last.resumable) await jobs.resume(last);
  return last.id;
}

const id = await begin();
process.stdout.write('began\n');
let isWorking = false;
for (;;) {
  await delay(10);
  const { state, failure, notes, progress } = (await jobs.list()).find((job) => job.id === id)!;
  if (!isWorking && state === 'running' && (progress?.doneBytes ?? 0) > 0) {
    isWorking = true;
    process.stdout.write('working\n');
  }
  if (state === 'queued' || state === 'running') continue;
  process.stdout.write(`${JSON.stringify({ state, failure, notes })}\n`);
  await close();
  break;
}
