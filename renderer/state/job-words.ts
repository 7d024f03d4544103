/** Words for jobs: what one is doing, how far it is, how it ended. */
import { wholeOf, type Job, type JobPhase, type JobProgress, type JobState } from '#shared/domain/job.ts';
import { inWords } from '#shared/text/in-words.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { formatBytesOf, formatDuration, formatSpeed, percentOf } from '#shared/text/units.ts';
import { t } from '#shared/text/words.ts';

const phases: { readonly [Phase in JobPhase]: string } = {
  preparing: t('Preparing'),
  checking: t('Checking'),
  building: t('Building'),
  converting: t('Converting'),
  copying: t('Copying'),
  uploading: t('Uploading'),
  downloading: t('Downloading'),
  verifying: t('Verifying'),
  hashing: t('Reading'),
  finishing: t('Finishing'),
};

const states: { readonly [State in JobState]: string } = {
  queued: t('Waiting'),
  running: t('Running'),
  paused: t('Paused'),
  done: t('Done'),
  failed: t('Failed'),
  cancelled: t('Cancelled'),
  interrupted: t('Interrupted'),
};

/** It waits for its turn, or runs. */
export function isActive(job: Job): boolean {
  return job.state === 'queued' || job.state === 'running';
}

/** It waits for a person who resumes it: it is paused, or has ended before it was done and can go on. */
export function isResting(job: Job): boolean {
  return job.state === 'paused' || job.resumable;
}

/** What to do about a job that rests; null for one that does not. */
export function restWords(job: Job): string | null {
  if (!isResting(job)) return null;
  if (job.state === 'paused') {
    return job.progress === null ? t('Resume it to begin again.') : t('Resume it, and it goes on from here.');
  }
  return job.failure?.code === 'io.no-space'
    ? t('Make room on that drive, then resume it: it goes on from here.')
    : t('Resume it, and it goes on from here; or discard what it has written.');
}

export function stateWords(state: JobState): string {
  return states[state];
}

/** `Converting disk1.vmdk`; for a job without progress its state. */
export function phaseWords(job: Job): string {
  if (job.progress === null) return job.state === 'running' ? t('Starting') : states[job.state];
  const { phase, item } = job.progress;
  return item === null ? phases[phase] : `${phases[phase]} ${fileNameOf(item)}`;
}

/** The share of the whole job, in whole per cents; null while there is nothing to measure. */
export function percentDone(progress: JobProgress | null): number | null {
  if (progress === null) return null;
  const { doneBytes, totalBytes } = wholeOf(progress);
  return totalBytes === 0 ? null : percentOf(doneBytes, totalBytes);
}

/** `1.2 of 4 GiB`, `310 MiB/s`, `12 s left`: what is known of them; of a job that stands still only the first. */
export function progressParts(progress: JobProgress, isStill = false): readonly string[] {
  if (progress.totalBytes === 0) return [];
  const done = formatBytesOf(progress.doneBytes, progress.totalBytes);
  if (isStill) return [done];
  return [
    done,
    ...(progress.bytesPerSecond === null ? [] : [formatSpeed(progress.bytesPerSecond)]),
    ...(progress.secondsLeft === null
      ? []
      : [t('{time} left', { time: formatDuration(progress.secondsLeft) })]),
  ];
}

/** What is said aloud when a job ends, or rests. */
export function endWords(job: Job): string {
  if (job.failure !== null && job.state === 'failed') {
    return t('{title} failed. {sentence}', {
      title: inWords(job.title),
      sentence: describeFailure(job.failure).sentence,
    });
  }
  return `${inWords(job.title)}: ${states[job.state].toLowerCase()}.`;
}

/** Seconds a job took; null while it has not both started and ended. */
export function secondsTaken(job: Job): number | null {
  if (job.startedAt === null || job.endedAt === null) return null;
  return Math.max(0, (Date.parse(job.endedAt) - Date.parse(job.startedAt)) / 1000);
}
