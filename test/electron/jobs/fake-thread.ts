/** A worker thread that is none: each operation does what the test says, on the test's own thread. */
import { Failure } from '#shared/failure.ts';
import type { Thread } from '../../../electron/jobs/pool.ts';
import type {
  OperationProgress,
  RunOptions,
  WorkerClient,
  WorkerListeners,
} from '../../../electron/worker/client.ts';

/** What an operation can do while it runs. */
export interface FakeControl extends Required<WorkerListeners> {
  /** Rejects with `operation.cancelled` once the operation is stopped, with `operation.interrupted` once it is put off. */
  readonly cancelled: Promise<never>;
  readonly options: RunOptions;
  report(progress: OperationProgress): void;
}
export type FakeOperation = (name: string, input: never, control: FakeControl) => Promise<unknown>;

export class FakeThread implements Thread {
  alive = true;
  progress: OperationProgress | null = null;
  cancels = 0;
  /** What was asked of it, in order. */
  readonly asked: string[] = [];
  readonly speeds: (number | null)[] = [];
  reusable = true;
  #cancel: (failure: Failure) => void = () => {};
  #die: () => void = () => {};
  readonly #operation: FakeOperation;

  constructor(operation: FakeOperation) {
    this.#operation = operation;
  }

  async run<T>(call: (client: WorkerClient) => Promise<T>, options: RunOptions = {}): Promise<T> {
    const { listeners = {} } = options;
    const ended = new Failure('operation.interrupted', { reason: 'the worker thread ended' });
    if (!this.alive) throw ended;
    this.progress = null;
    const cancelled = new Promise<never>((_, reject) => {
      this.#cancel = reject;
    });
    const death = new Promise<never>((_, reject) => {
      this.#die = () => reject(ended);
    });
    cancelled.catch(() => {});
    death.catch(() => {});
    const control: FakeControl = {
      cancelled,
      options,
      partialCreated: (path) => listeners.partialCreated?.(path),
      partialGone: (path) => listeners.partialGone?.(path),
      recorded: (record) => listeners.recorded?.(record),
      journalCleared: () => listeners.journalCleared?.(),
      cloudObject: (change) => listeners.cloudObject?.(change),
      permissionKept: (permission) => listeners.permissionKept?.(permission),
      noted: (note) => listeners.noted?.(note),
      report: (progress) => {
        this.progress = progress;
      },
    };
    const client = new Proxy({} as WorkerClient, {
      get: (_, name) => (input: never) => this.#operation(String(name), input, control),
    });
    return Promise.race([call(client), death]);
  }

  cancel(): void {
    this.cancels++;
    this.#cancel(new Failure('operation.cancelled', {}));
  }

  pause(): void {
    this.asked.push('pause');
  }

  resume(): void {
    this.asked.push('resume');
  }

  suspend(): void {
    this.asked.push('suspend');
    this.#cancel(new Failure('operation.interrupted', { reason: 'it was put off' }));
  }

  limitSpeed(bytesPerSecond: number | null): void {
    this.speeds.push(bytesPerSecond);
  }

  terminate(): Promise<void> {
    this.alive = false;
    this.#die();
    return Promise.resolve();
  }
}

/** Something to wait for, and the means to end the wait. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
