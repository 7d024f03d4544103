/** What the desktop itself shows of jobs: the bar on the dock or taskbar, and a notification when a long one ends. */
import { Notification, type BrowserWindow } from 'electron';
import type { Job } from '#shared/domain/job.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { JobWatch, type OverallProgress } from './job-watch.ts';

/** Shown notifications: one that is collected as garbage no longer hears that it was clicked. */
const shown = new Set<Notification>();

/** A job that took less is over before anybody has turned to something else. */
const longJobMilliseconds = 10_000;

export interface JobSurroundings {
  /** The window, while there is one. */
  window(): BrowserWindow | null;
  /** Brings the window to the front with the jobs in it. */
  showJobs(): void;
  /** No job runs any more. */
  idle(): void;
}

/** The watch that shows jobs on the desktop; feed it the queue's events. */
export function jobSignals(surroundings: JobSurroundings): JobWatch {
  return new JobWatch({
    progressed: (progress) => showProgress(surroundings.window(), progress),
    ended(job, durationMilliseconds) {
      if (durationMilliseconds < longJobMilliseconds || surroundings.window()?.isFocused()) return;
      notify(textOf(job), surroundings.showJobs);
    },
    idle: surroundings.idle,
  });
}

/** Tells that work goes on although the last window was closed. */
export function notifyOfBackgroundWork(jobCount: number, show: () => void): void {
  const jobs = jobCount === 1 ? 'One job is' : `${jobCount} jobs are`;
  notify({ title: 'Platter keeps working', body: `${jobs} still running. Open Platter again to see.` }, show);
}

function notify(text: { title: string; body: string }, clicked: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification(text);
  const forget = (): void => void shown.delete(notification);
  notification.on('click', () => {
    forget();
    clicked();
  });
  notification.on('close', forget);
  shown.add(notification);
  notification.show();
}

function textOf(job: Job): { title: string; body: string } {
  if (job.failure === null) return { title: 'Finished', body: job.title };
  return { title: `${job.title} failed`, body: describeFailure(job.failure).sentence };
}

function showProgress(window: BrowserWindow | null, progress: OverallProgress): void {
  if (window === null) return;
  if (progress.kind === 'none') window.setProgressBar(-1);
  // Electron takes anything above 1 as "busy, nobody knows for how long".
  else if (progress.kind === 'unknown') window.setProgressBar(2, { mode: 'indeterminate' });
  else window.setProgressBar(progress.share, { mode: 'normal' });
}
