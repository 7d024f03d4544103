/** A plan that follows a form: asked for once the user pauses, called off when the form changes again. */
import { Failure } from '#shared/failure.ts';

const planDelayMilliseconds = 180;

export class Planning<Request, Plan> {
  plan = $state.raw<Plan | null>(null);
  /** The newest plan that there was: what a form goes on with while what it says cannot be planned. */
  last = $state.raw<Plan | null>(null);
  /** Why there is no plan, or why it cannot be carried out. */
  failure = $state.raw<Failure | null>(null);
  /** True from a change of the form until its plan is there. */
  planning = $state(false);
  readonly #ask: (request: Request, signal: AbortSignal) => Promise<{ plan: Plan; failure: Failure | null }>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #current = new AbortController();

  /** `ask` makes the plan, and says what stands in its way. */
  constructor(
    ask: (request: Request, signal: AbortSignal) => Promise<{ plan: Plan; failure: Failure | null }>,
  ) {
    this.#ask = ask;
  }

  /** Plans `request` once the user pauses; null when the form stands for nothing. */
  planSoon(request: Request | null): void {
    this.close();
    if (request === null) {
      this.plan = null;
      this.failure = null;
      this.planning = false;
      return;
    }
    this.planning = true;
    this.#current = new AbortController();
    const { signal } = this.#current;
    this.#timer = setTimeout(() => void this.#plan(request, signal), planDelayMilliseconds);
  }

  /** Stops planning: the form is closed, or has changed. */
  close(): void {
    clearTimeout(this.#timer);
    this.#current.abort();
  }

  async #plan(request: Request, signal: AbortSignal): Promise<void> {
    try {
      const { plan, failure } = await this.#ask(request, signal);
      if (!signal.aborted) [this.plan, this.last, this.failure] = [plan, plan, failure];
    } catch (error) {
      if (!signal.aborted) [this.plan, this.failure] = [null, Failure.from(error)];
    } finally {
      if (!signal.aborted) this.planning = false;
    }
  }
}
