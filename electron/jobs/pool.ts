/** The worker threads: some for jobs, and others for calls that a person waits for, so that neither waits for the other. */
import type { WorkerClient, WorkerListeners, WorkerThread } from '../worker/client.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';

/** What the pool and the queue need of a thread. */
export type Thread = Pick<
  WorkerThread,
  | 'run'
  | 'cancel'
  | 'pause'
  | 'resume'
  | 'suspend'
  | 'limitSpeed'
  | 'progress'
  | 'alive'
  | 'reusable'
  | 'terminate'
>;
export type StartThread = () => Thread;

export interface PoolLimits {
  /** Threads kept ready for the next job. */
  readonly idleJobThreads: number;
  /** Calls answered at the same time. */
  readonly callThreads: number;
}

/** Two, so that one long answer (the map of a huge image) does not hold up all others. */
const defaultLimits: PoolLimits = { idleJobThreads: 1, callThreads: 2 };

/** How long a call may take to heed that nobody waits for it any more before its thread is ended. */
const patienceMilliseconds = 3000;

export class ThreadPool {
  readonly #start: StartThread;
  readonly #limits: PoolLimits;
  readonly #idleForJobs: Thread[] = [];
  readonly #idleForCalls: Thread[] = [];
  readonly #all = new Set<Thread>();
  readonly #waitingCalls: (() => void)[] = [];
  #callThreads = 0;
  #closed = false;

  constructor(start: StartThread, limits: PoolLimits = defaultLimits) {
    this.#start = start;
    this.#limits = limits;
  }

  /** Starts a thread for calls, so that the first one does not wait for it. */
  warm(): void {
    if (this.#callThreads > 0 || this.#closed) return;
    this.#callThreads++;
    this.#idleForCalls.push(this.#startThread());
  }

  /** A thread for a job; it goes back with release(). */
  acquire(): Thread {
    return this.#takeIdle(this.#idleForJobs) ?? this.#startThread();
  }

  release(thread: Thread): void {
    if (!this.#closed && thread.reusable && this.#idleForJobs.length < this.#limits.idleJobThreads) {
      this.#idleForJobs.push(thread);
    } else {
      void this.#drop(thread);
    }
  }

  /**
   * Runs a call that somebody waits for. It stops when `signal` is aborted.
   * @throws Failure of the operation; `operation.cancelled`; `operation.interrupted` when the thread or the pool ends.
   */
  async call<T>(
    work: (client: WorkerClient) => Promise<T>,
    signal?: AbortSignal,
    listeners?: WorkerListeners,
  ): Promise<T> {
    const thread = await this.#threadForCall();
    let patience: NodeJS.Timeout | undefined;
    const stop = (): void => {
      thread.cancel();
      patience = setTimeout(() => void thread.terminate(), patienceMilliseconds);
    };
    try {
      if (signal?.aborted) throw new Failure('operation.cancelled', {});
      signal?.addEventListener('abort', stop, { once: true });
      return await thread.run(work, listeners === undefined ? {} : { listeners });
    } finally {
      clearTimeout(patience);
      signal?.removeEventListener('abort', stop);
      this.#giveBack(thread);
    }
  }

  /** Ends all threads; what runs in them ends in `operation.interrupted`. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const next of this.#waitingCalls.splice(0)) next();
    await Promise.all([...this.#all].map((thread) => this.#drop(thread)));
  }

  async #threadForCall(): Promise<Thread> {
    for (;;) {
      if (this.#closed)
        throw new Failure('operation.interrupted', { reason: inEnglish('Platter is closing') });
      const idle = this.#takeIdle(this.#idleForCalls, () => this.#callThreads--);
      if (idle) return idle;
      if (this.#callThreads < this.#limits.callThreads) {
        this.#callThreads++;
        return this.#startThread();
      }
      await new Promise<void>((resolve) => this.#waitingCalls.push(resolve));
    }
  }

  #giveBack(thread: Thread): void {
    if (thread.alive && !this.#closed) {
      this.#idleForCalls.push(thread);
    } else {
      this.#callThreads--;
      void this.#drop(thread);
    }
    this.#waitingCalls.shift()?.();
  }

  /** A thread may have died while it was idle: such a one is dropped. */
  #takeIdle(idle: Thread[], dropped?: () => void): Thread | null {
    for (;;) {
      const thread = idle.pop();
      if (!thread) return null;
      if (thread.alive) return thread;
      dropped?.();
      void this.#drop(thread);
    }
  }

  #startThread(): Thread {
    const thread = this.#start();
    this.#all.add(thread);
    return thread;
  }

  async #drop(thread: Thread): Promise<void> {
    this.#all.delete(thread);
    await thread.terminate();
  }
}
