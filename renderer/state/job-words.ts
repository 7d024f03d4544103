/** Words for jobs: what one is doing, how far it is, how it ended. */
import type { Job, JobPhase, JobProgress, JobState } from '#shared/domain/job.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { formatBytesOf, formatDuration, formatSpeed, percentOf } from '#shared/text/units.ts';

const phases: { readonly [Phase in JobPhase]: string } = {
  preparing: 'Preparing',
  checking: 'Checking',
  building: 'Building',
  converting: 'Converting',
  copying: 'Copying',
  verifying: 'Verifying',
  hashing: 'Reading',
  finishing: 'Finishing',
};

const states: { readonly [State in JobState]: string } = {
  queued: 'Waiting',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
};

export function isActive(job: Job): boolean {
  return job.state === 'queued' || job.state === 'running';
}

export function stateWords(state: JobState): string {
  return states[state];
}

/** `Converting disk1.vmdk`; for a job without progress its state. */
export function phaseWords(job: Job): string {
  if (job.progress === null) return job.state === 'running' ? 'Starting' : states[job.state];
  const { phase, item } = job.progress;
  return item === null ? phases[phase] : `${phases[phase]} ${fileNameOf(item)}`;
}

/** The share of the current phase, in whole per cents; null while there is nothing to measure. */
export function percentDone(progress: JobProgress | null): number | null {
  return progress === null || progress.totalBytes === 0
    ? null
    : percentOf(progress.doneBytes, progress.totalBytes);
}

/** `1.2 of 4 GiB`, `310 MiB/s`, `12 s left`: what is known of them. */
export function progressParts(progress: JobProgress): readonly string[] {
  if (progress.totalBytes === 0) return [];
  return [
    formatBytesOf(progress.doneBytes, progress.totalBytes),
    ...(progress.bytesPerSecond === null ? [] : [formatSpeed(progress.bytesPerSecond)]),
    ...(progress.secondsLeft === null ? [] : [`${formatDuration(progress.secondsLeft)} left`]),
  ];
}

/** What is said aloud when a job ends. */
export function endWords(job: Job): string {
  if (job.failure !== null && job.state === 'failed') {
    return `${job.title} failed. ${describeFailure(job.failure).sentence}`;
  }
  return `${job.title}: ${states[job.state].toLowerCase()}.`;
}

/** Seconds a job took; null while it has not both started and ended. */
export function secondsTaken(job: Job): number | null {
  if (job.startedAt === null || job.endedAt === null) return null;
  return Math.max(0, (Date.parse(job.endedAt) - Date.parse(job.startedAt)) / 1000);
}
