/** A Platter that converts one disk, going on with what an earlier one has left; to be killed at any moment. */
import { changeSettings } from '../../electron/catalogue/settings.ts';
import { compose } from '../../electron/services/compose.ts';
import { unlimited, type JobRequest } from '../../shared/domain/job.ts';
import { threadBundles } from '../setup/thread-bundles.ts';

const [home, request, speed] = process.argv.slice(2) as [string, string, string];
const work = JSON.parse(request) as JobRequest;
const { queue, catalogue, close } = compose({
  home,
  workerEntries: threadBundles,
  host: { host: 'web', version: '0' },
  cores: 1,
});
changeSettings(catalogue, { limits: { ...unlimited, workers: 2, bytesPerSecond: Number(speed) } });

/** The job that is there already, else a new one. */
function begin(): number {
  const [last] = queue.list();
  if (last === undefined || (last.endedAt !== null && !last.resumable && last.state !== 'done')) {
    return queue.start(work).id;
  }
  if (last.resumable) queue.resume(last.id);
  return last.id;
}

const id = begin();
process.stdout.write('began\n');
let isWorking = false;
const timer = setInterval(() => {
  const { state, failure, notes, progress } = queue.get(id);
  if (!isWorking && state === 'running' && (progress?.doneBytes ?? 0) > 0) {
    isWorking = true;
    process.stdout.write('working\n');
  }
  if (state === 'queued' || state === 'running') return;
  clearInterval(timer);
  process.stdout.write(`${JSON.stringify({ state, failure, notes })}\n`);
  void close();
}, 10);
