/** What the desktop itself shows of jobs: the bar on the dock or taskbar, and a notification when a long one ends. */
import { Notification, type BrowserWindow } from 'electron';
import { endText } from '#shared/text/job-notes.ts';
import { t } from '#shared/text/words.ts';
import { JobWatch, type OverallProgress } from './job-watch.ts';

/** Shown notifications: one that is collected as garbage no longer hears that it was clicked. */
const shown = new Set<Notification>();

/** A job that took less is over before anybody has turned to something else. */
const longJobMilliseconds = 10_000;

export interface JobSurroundings {
  /** The window, while there is one. */
  window(): BrowserWindow | null;
  /** Brings the window to the front with the job in it. */
  showJob(id: number): void;
  /** No job runs any more. */
  idle(): void;
}

/** The watch that shows jobs on the desktop; feed it the queue's events. */
export function jobSignals(surroundings: JobSurroundings): JobWatch {
  return new JobWatch({
    progressed: (progress) => showProgress(surroundings.window(), progress),
    ended(job, durationMilliseconds) {
      // Who asked to be told is told, however long it took and wherever they are.
      const isSeen = durationMilliseconds < longJobMilliseconds || surroundings.window()?.isFocused();
      if (isSeen && !job.notify) return;
      notify(endText(job), () => surroundings.showJob(job.id));
    },
    idle: surroundings.idle,
  });
}

/** Tells that work goes on although the last window was closed. */
export function notifyOfBackgroundWork(jobCount: number, show: () => void): void {
  const body = t(
    '{count, plural, one {One job is still running. Open Platter again to see.} other {# jobs are still running. Open Platter again to see.}}',
    { count: jobCount },
  );
  notify({ title: t('Platter keeps working'), body }, show);
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

function showProgress(window: BrowserWindow | null, progress: OverallProgress): void {
  if (window === null) return;
  if (progress.kind === 'none') window.setProgressBar(-1);
  // Electron takes anything above 1 as "busy, nobody knows for how long".
  else if (progress.kind === 'unknown') window.setProgressBar(2, { mode: 'indeterminate' });
  else window.setProgressBar(progress.share, { mode: 'normal' });
}
