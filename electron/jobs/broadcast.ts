/** Events inside the process: published once, and read by each watcher at its own pace. */

/**
 * How a watcher that is slow to read is spared: of the events that wait for it, a newer one with the same key takes
 * the place of the older, and those with the keys in `replaces` are dropped.
 */
export interface Coalescing<Event> {
  key(event: Event): string;
  replaces?(event: Event): readonly string[];
}

export class Broadcast<Event> {
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #coalescing: Coalescing<Event>;
  readonly #log: (line: string) => void;

  constructor(coalescing: Coalescing<Event>, log: (line: string) => void) {
    this.#coalescing = coalescing;
    this.#log = log;
  }

  /** How many listen or watch. */
  get size(): number {
    return this.#listeners.size;
  }

  /** Tells everybody. What goes wrong in a listener stays there. */
  publish(event: Event): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#log(`a listener failed: ${String(error)}`);
      }
    }
  }

  /** Calls `listener` for every event from now on, until the function returned is called. */
  listen(listener: (event: Event) => void): () => void {
    const own = (event: Event): void => listener(event);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Every event from now on, not from the first next(). It ends when `signal` is aborted or return() is called. */
  watch(signal?: AbortSignal): EventQueue<Event> {
    const queue = new EventQueue<Event>(this.#coalescing);
    queue.onEnd(this.listen((event) => queue.push(event)));
    if (signal) queue.endOn(signal);
    return queue;
  }
}

/** The events that wait for one reader. */
export class EventQueue<Event> implements AsyncIterableIterator<Event, undefined, void> {
  readonly #waiting = new Map<string, Event>();
  readonly #coalescing: Coalescing<Event>;
  #readers: ((result: IteratorResult<Event, undefined>) => void)[] = [];
  #endings: (() => void)[] = [];
  #ended = false;

  constructor(coalescing: Coalescing<Event>) {
    this.#coalescing = coalescing;
  }

  push(event: Event): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader) {
      reader({ done: false, value: event });
      return;
    }
    for (const key of this.#coalescing.replaces?.(event) ?? []) this.#waiting.delete(key);
    const key = this.#coalescing.key(event);
    // Deleted first, so that the event goes to the end: it happened after all that wait.
    this.#waiting.delete(key);
    this.#waiting.set(key, event);
  }

  /** What nobody has read yet, the oldest first. */
  get unread(): readonly Event[] {
    return [...this.#waiting.values()];
  }

  /** Calls `ending` once, when the queue ends. */
  onEnd(ending: () => void): void {
    if (this.#ended) ending();
    else this.#endings.push(ending);
  }

  /** Ends the queue with `signal`. */
  endOn(signal: AbortSignal): void {
    const end = (): void => this.end();
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    this.onEnd(() => signal.removeEventListener('abort', end));
  }

  /** Ends it: a waiting reader is told, and what was not read stays in `unread` for those who listen to the end. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
    for (const ending of this.#endings.splice(0)) ending();
    this.#waiting.clear();
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    const oldest = this.#waiting.entries().next();
    if (oldest.done !== true) {
      const [key, event] = oldest.value;
      this.#waiting.delete(key);
      return Promise.resolve({ done: false, value: event });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<Event, undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Before Node 18.18 there is no such symbol, and the method a name that nobody calls. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
  }
}
