/** What the menu, the system or another start of Platter asks of the window, kept until there is one. */
import type { AppRequest } from '#shared/domain/app.ts';
import { EventQueue } from '../jobs/broadcast.ts';

/** More requests than this while no window listens are an accident; the oldest go. */
const limit = 64;

export class Inbox {
  #kept: AppRequest[] = [];
  #windows: EventQueue<AppRequest>[] = [];
  #count = 0;

  /** Asks it of the newest window, or of the next one when there is none. */
  put(request: AppRequest): void {
    const newest = this.#windows[this.#windows.length - 1];
    if (newest) newest.push(request);
    else this.#keep([request]);
  }

  /** What is asked from now on and what was kept. What a window has not read when it goes is kept for the next. */
  watch(signal?: AbortSignal): EventQueue<AppRequest> {
    const window = new EventQueue<AppRequest>({ key: () => String(this.#count++) });
    for (const request of this.#kept.splice(0)) window.push(request);
    this.#windows.push(window);
    window.onEnd(() => {
      this.#windows = this.#windows.filter((other) => other !== window);
      for (const request of window.unread) this.put(request);
    });
    if (signal) window.endOn(signal);
    return window;
  }

  #keep(requests: readonly AppRequest[]): void {
    this.#kept = [...this.#kept, ...requests].slice(-limit);
  }
}
