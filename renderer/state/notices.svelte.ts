/** What the window tells the user in passing: notices in the corner, and words for those who listen. */
import { describeFailure } from '#shared/text/failure-text.ts';
import { Failure } from '#shared/failure.ts';

export interface NoticeAction {
  readonly label: string;
  readonly run: () => void;
}

export interface Notice {
  readonly id: number;
  readonly tone: 'neutral' | 'success' | 'danger';
  readonly title: string;
  readonly detail: string | null;
  readonly action: NoticeAction | null;
  /** Of those with the same topic only the last one is shown; null: it has none. */
  readonly topic: string | null;
}

const shownMilliseconds = 6000;
/** Longer where there is something to press. */
const shownWithActionMilliseconds = 20_000;
const mostShown = 4;

class Notices {
  list = $state.raw<readonly Notice[]>([]);
  /** Read aloud by a live region; changes with every announcement. */
  spoken = $state('');
  #nextId = 1;

  /** Shows a notice that goes by itself; one with `danger` stays until it is closed. */
  tell(notice: Partial<Notice> & { readonly title: string }): void {
    const defaults = { tone: 'neutral', detail: null, action: null, topic: null } as const;
    const shown: Notice = { ...defaults, ...notice, id: this.#nextId++ };
    const others = this.list.filter(
      ({ title, topic }) => title !== shown.title && (topic === null || topic !== shown.topic),
    );
    this.list = [...others.slice(1 - mostShown), shown];
    this.announce(shown.detail === null ? shown.title : `${shown.title} ${shown.detail}`);
    if (shown.tone === 'danger') return;
    const shownFor = shown.action === null ? shownMilliseconds : shownWithActionMilliseconds;
    setTimeout(() => this.dismiss(shown.id), shownFor);
  }

  /** Shows an error in the words of failure-text. A cancelled operation is no error. */
  fail(error: unknown): void {
    const failure = Failure.from(error);
    if (failure.code === 'operation.cancelled') return;
    // For who looks into it: where it came from is nothing for a notice.
    if (failure.code === 'internal') reportError(failure.cause ?? failure);
    const { sentence, nextStep } = describeFailure(failure);
    this.tell({ tone: 'danger', title: sentence, detail: nextStep });
  }

  /** Does something, and shows the error where it fails: there is no answer then. */
  async attempt<Answer>(work: () => Answer | Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await work();
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  announce(words: string): void {
    // A zero-width space makes the same words twice a change that is read twice.
    this.spoken = this.spoken === words ? `${words}\u200b` : words;
  }
}

export const notices = new Notices();
