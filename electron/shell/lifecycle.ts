/** When Platter ends: with its last window unless jobs run, never in the middle of a job without asking. */
import { t } from '#shared/text/words.ts';
import { app, BrowserWindow, dialog } from 'electron';

export interface LifecycleParts {
  /** How many jobs run now. */
  runningJobs(): number;
  /** The last window is gone and jobs go on. */
  wentToBackground(jobCount: number): void;
  /** Stops all work and stores what there is to store. */
  close(): Promise<void>;
  log(line: string): void;
}

/** How long the end of the last job's notification may be clicked before Platter without a window ends. */
const lingerMilliseconds = 60_000;
/** Closing takes well under a second, or the queue's patience with a thread that does not heed; more is a fault. */
const closePatienceMilliseconds = 10_000;

export class Lifecycle {
  readonly #parts: LifecycleParts;
  #phase: 'running' | 'asking' | 'closing' | 'closed' = 'running';
  #linger: NodeJS.Timeout | undefined;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
    app.on('before-quit', (event) => {
      if (this.#phase === 'closed') return;
      event.preventDefault();
      void this.#quit(true);
    });
    app.on('window-all-closed', () => this.#windowsClosed());
    // Nobody may be there to answer: a session that ends, a terminal that is closed.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => void this.#quit(false));
    }
  }

  /** To be told when no job runs any more: then a Platter without a window has no reason to stay. */
  idle(): void {
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => {
      if (this.#isUnused()) app.quit();
    }, lingerMilliseconds);
  }

  #windowsClosed(): void {
    if (this.#phase !== 'running') return;
    const jobCount = this.#parts.runningJobs();
    if (jobCount > 0) this.#parts.wentToBackground(jobCount);
    else if (process.platform !== 'darwin') app.quit();
  }

  /** On macOS an application stays without windows until it is told to quit. */
  #isUnused(): boolean {
    return (
      process.platform !== 'darwin' &&
      BrowserWindow.getAllWindows().length === 0 &&
      this.#parts.runningJobs() === 0
    );
  }

  async #quit(attended: boolean): Promise<void> {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    if (attended) {
      if (this.#phase === 'asking' || !(await this.#mayStopJobs())) return;
    }
    this.#phase = 'closing';
    clearTimeout(this.#linger);
    await this.#close();
    this.#phase = 'closed';
    app.quit();
  }

  async #mayStopJobs(): Promise<boolean> {
    const jobCount = this.#parts.runningJobs();
    if (jobCount === 0) return true;
    this.#phase = 'asking';
    const window = BrowserWindow.getAllWindows()[0];
    const question = {
      type: 'question' as const,
      message: t(
        '{count, plural, one {A job is running. Stop it and quit?} other {# jobs are running. Stop them and quit?}}',
        { count: jobCount },
      ),
      detail: t(
        'Conversions and extractions can be resumed where they are; other jobs have to begin again. The list of jobs offers both.',
      ),
      buttons: [t('Keep running'), t('Stop and quit')],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    };
    const answer = await (window ? dialog.showMessageBox(window, question) : dialog.showMessageBox(question));
    if (this.#phase !== 'asking') return false;
    this.#phase = 'running';
    return answer.response === 1;
  }

  async #close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#parts.log('closing took too long and was given up');
        resolve();
      }, closePatienceMilliseconds);
    });
    try {
      await Promise.race([this.#parts.close(), patience]);
    } catch (error) {
      this.#parts.log(`closing failed: ${String(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }
}
