/** Jobs as they are listed: those that were started together are one line, with one progress. */
import { wholeOf, type Job, type JobGroup } from '#shared/domain/job.ts';
import { t } from '#shared/text/words.ts';
import { isActive, isResting } from './job-words.ts';

export interface GroupSummary {
  readonly group: JobGroup;
  /** The first that was started comes first. */
  readonly jobs: readonly Job[];
  readonly state: 'running' | 'queued' | 'paused' | 'ended';
  readonly done: number;
  readonly failed: number;
  /** Of the whole group, between 0 and 1: each job counts the same. */
  readonly share: number;
  /** Of the jobs that run, together; null while it is not known. */
  readonly bytesPerSecond: number | null;
}

export type JobLine =
  { readonly kind: 'job'; readonly job: Job } | { readonly kind: 'group'; readonly summary: GroupSummary };

/** The jobs as lines, in the order of the first of each group. `jobs` has the newest first. */
export function linesOf(jobs: readonly Job[]): readonly JobLine[] {
  const groups = new Map<number, Job[]>();
  for (const job of jobs) {
    if (job.group === null) continue;
    const members = groups.get(job.group.id);
    if (members === undefined) groups.set(job.group.id, [job]);
    else members.push(job);
  }
  const drawn = new Set<number>();
  const lines: JobLine[] = [];
  for (const job of jobs) {
    if (job.group === null) lines.push({ kind: 'job', job });
    else if (!drawn.has(job.group.id)) {
      drawn.add(job.group.id);
      lines.push({ kind: 'group', summary: summarize(groups.get(job.group.id)!.reverse()) });
    }
  }
  return lines;
}

/** @param jobs all of one group, at least one. */
export function summarize(jobs: readonly Job[]): GroupSummary {
  const running = jobs.filter(({ state }) => state === 'running');
  const speeds = running.flatMap(({ progress }) => progress?.bytesPerSecond ?? []);
  return {
    group: jobs[0]!.group!,
    jobs,
    state: stateOf(jobs),
    done: jobs.filter(({ state }) => state === 'done').length,
    failed: jobs.filter((job) => job.state === 'failed' && !job.resumable).length,
    share: jobs.reduce((sum, job) => sum + shareOf(job), 0) / jobs.length,
    bytesPerSecond: speeds.length === 0 ? null : speeds.reduce((sum, speed) => sum + speed, 0),
  };
}

function stateOf(jobs: readonly Job[]): GroupSummary['state'] {
  if (jobs.some(({ state }) => state === 'running')) return 'running';
  if (jobs.some(isActive)) return 'queued';
  return jobs.some(isResting) ? 'paused' : 'ended';
}

function shareOf(job: Job): number {
  if (job.endedAt !== null && !job.resumable) return 1;
  if (job.progress === null) return 0;
  const { doneBytes, totalBytes } = wholeOf(job.progress);
  return totalBytes === 0 ? 0 : Math.min(1, doneBytes / totalBytes);
}

/** `12 of 40 done, 1 failed`. */
export function groupWords({ jobs, done, failed, state }: GroupSummary): string {
  const words = t('{done} of {count} done{failed, plural, =0 {} other {, # failed}}', {
    done,
    count: jobs.length,
    failed,
  });
  return state === 'paused' ? t('Paused, {words}', { words }) : words;
}
