/** "When done: notify": the choice on a job, the browser's own notification where there is no desktop app, and the job that a click shows. */
import type { Job } from '#shared/domain/job.ts';
import { endText } from '#shared/text/job-notes.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { app } from './app.svelte.ts';
import { navigation } from './navigation.svelte.ts';
import { notices } from './notices.svelte.ts';

class JobNotices {
  /** The job that is to be shown; its card takes it back. */
  wanted = $state<number | null>(null);

  /** Asks to be told when the job ends, or not to be. */
  async choose({ id, notify }: Job): Promise<void> {
    if (!notify && !(await this.#mayNotify())) return;
    try {
      await api.jobs.notify({ id, notify: !notify });
    } catch (error) {
      notices.fail(error);
    }
  }

  /** Tells of a job that has ended. The desktop app does that itself, also without a window. */
  tell(job: Job): void {
    if (!job.notify || app.host === 'desktop' || job.state === 'cancelled') return;
    if (!('Notification' in window) || Notification.permission !== 'granted') return;
    const { title, body } = endText(job);
    // Of several pages that are open, the last one's takes the place of the others.
    const notification = new Notification(title, { body, tag: `platter-job-${job.id}` });
    notification.onclick = () => {
      notification.close();
      window.focus();
      this.show(job.id);
    };
  }

  /** Goes to the job. */
  show(id: number): void {
    navigation.go({ view: 'jobs' });
    this.wanted = id;
  }

  /** A browser asks the person once, and keeps the answer. */
  async #mayNotify(): Promise<boolean> {
    if (app.host === 'desktop') return true;
    const answer = 'Notification' in window ? await Notification.requestPermission() : 'denied';
    if (answer === 'granted') return true;
    notices.tell({
      title: t('The browser lets Platter tell nothing.'),
      detail: t('Allow notifications in the browser’s settings for this page, then choose this again.'),
    });
    return false;
  }
}

export const jobNotices = new JobNotices();
