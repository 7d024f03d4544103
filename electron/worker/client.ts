/** The owner's side of a worker thread: a typed client, the progress of what it runs, and a way to stop it. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { CloudObjectChange, CloudPermission } from '#shared/domain/cloud-image.ts';
import { unlimited, type JobLimits, type JobNote, type JobPhase } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { clientOver, type ClientOf } from './calls.ts';
import { asked, ControlBlock, type JournalMessage, type OperationEvent } from './control-block.ts';
import type { Operations } from './operations.ts';

/** The scripts of the two kinds of thread: absolute paths. */
export interface WorkerEntries {
  readonly worker: string;
  readonly computer: string;
}

export interface OperationProgress {
  readonly phase: JobPhase;
  readonly item: string | null;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly earlierBytes: number;
  readonly laterBytes: number;
}

export type WorkerClient = ClientOf<Operations>;

export interface WorkerListeners {
  /** A partial output is about to be created; returns after it is on record. */
  partialCreated?(path: string): void;
  partialGone?(path: string): void;
  /** More of the output is durable. */
  recorded?(record: Uint8Array): void;
  /** What the journal says does not hold any more; returns after that is on record. */
  journalCleared?(): void;
  noted?(note: JobNote): void;
  /** Something is made in a cloud, complete, or gone; returns after that is on record. */
  cloudObject?(change: CloudObjectChange): void;
  /** Something secret is to be kept for another run, null: forgotten; returns after that. */
  permissionKept?(permission: CloudPermission | null): void;
}

/** How an operation is run. */
export interface RunOptions {
  readonly listeners?: WorkerListeners;
  readonly limits?: JobLimits;
  /** What earlier runs put on record. Absent: there is no journal, and nothing is left of an operation that ends early. */
  readonly journal?: readonly Uint8Array[];
  /** What an earlier run had kept; only beside a journal. Absent: nothing secret is kept. */
  readonly permission?: CloudPermission | null;
}

/** What is read lies outside the heap: with room for more, V8 collects it so late that a scan holds hundreds of MiB of it. */
const youngMebibytes = 2;

/** A worker thread that runs one engine operation at a time. */
export class WorkerThread {
  readonly client: WorkerClient;
  readonly #worker: Worker;
  readonly #block = new ControlBlock();
  readonly #events: MessagePort;
  #began: Omit<OperationProgress, 'doneBytes'> | null = null;
  #lowered = false;
  #listeners: WorkerListeners = {};
  #ended: Failure | null = null;
  #rejectRunning: ((failure: Failure) => void) | null = null;

  constructor(entries: WorkerEntries) {
    const calls = new MessageChannel();
    const events = new MessageChannel();
    this.#worker = new Worker(entries.worker, {
      workerData: {
        calls: calls.port2,
        events: events.port2,
        memory: this.#block.memory,
        computerEntry: entries.computer,
      },
      transferList: [calls.port2, events.port2],
      resourceLimits: { maxYoungGenerationSizeMb: youngMebibytes },
    });
    this.#worker.on('error', (error) =>
      this.#end(inEnglish('the worker thread failed: {error}', { error: String(error) })),
    );
    this.#worker.on('exit', (code) =>
      this.#end(inEnglish('the worker thread ended with code {code}', { code })),
    );
    this.#events = events.port1;
    this.#events.on('message', (event: OperationEvent) => this.#receive(event));
    this.client = clientOver<Operations>(calls.port1);
  }

  /**
   * Runs one operation: `call` gets the client. Only one at a time.
   * @throws Failure of the operation; `operation.interrupted` when the thread dies.
   */
  async run<T>(call: (client: WorkerClient) => Promise<T>, options: RunOptions = {}): Promise<T> {
    const { listeners = {}, limits = unlimited, journal, permission } = options;
    if (this.#ended) throw this.#ended;
    this.#block.reset(limits);
    this.#lowered ||= limits.lowPriority;
    this.#began = null;
    this.#listeners = listeners;
    if (journal !== undefined)
      this.#events.postMessage({
        journal,
        ...(permission !== undefined && { permission }),
      } satisfies JournalMessage);
    const death = new Promise<never>((_, reject) => {
      this.#rejectRunning = reject;
    });
    try {
      return await Promise.race([call(this.client), death]);
    } catch (error) {
      throw Failure.from(error);
    } finally {
      this.#rejectRunning = null;
      this.#listeners = {};
    }
  }

  /** Asks the running operation to stop: it ends in `operation.cancelled`, having removed what it wrote. */
  cancel(): void {
    this.#block.ask(asked.cancel);
  }

  /** Lets the running operation sleep until resume(). */
  pause(): void {
    this.#block.ask(asked.pause);
  }

  resume(): void {
    this.#block.ask(asked.go);
  }

  /** Asks the running operation to end in `operation.interrupted`; where there is a journal, what it wrote is kept. */
  suspend(): void {
    this.#block.ask(asked.suspend);
  }

  /** Holds the running operation to another speed. */
  limitSpeed(bytesPerSecond: number | null): void {
    this.#block.bytesPerSecond = bytesPerSecond;
  }

  /** What the running operation is at; null before it says so. */
  get progress(): OperationProgress | null {
    return this.#began && { ...this.#began, doneBytes: this.#block.doneBytes };
  }

  /** Fit for any operation: a thread whose priority was lowered stays slow for good. */
  get reusable(): boolean {
    return this.alive && !this.#lowered;
  }

  get alive(): boolean {
    return this.#ended === null;
  }

  /** Ends the thread. A running operation is stopped first when `cancel` was called in time; otherwise it is cut off. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(event: OperationEvent): void {
    switch (event.kind) {
      case 'began': {
        const { phase, item, totalBytes, earlierBytes, laterBytes } = event;
        this.#began = { phase, item, totalBytes, earlierBytes, laterBytes };
        return;
      }
      case 'noted':
        return this.#listeners.noted?.(event.note);
      case 'recorded':
        return this.#listeners.recorded?.(event.record);
      case 'partial-created':
        this.#listeners.partialCreated?.(event.path);
        break;
      case 'partial-gone':
        this.#listeners.partialGone?.(event.path);
        break;
      case 'cloud-object':
        this.#listeners.cloudObject?.(event.change);
        break;
      case 'permission-kept':
        this.#listeners.permissionKept?.(event.permission);
        break;
      case 'journal-cleared':
        this.#listeners.journalCleared?.();
    }
    // The operation sleeps until these are on record.
    this.#block.acknowledge();
  }

  #end(reason: Message): void {
    this.#ended ??= new Failure('operation.interrupted', { reason });
    this.#rejectRunning?.(this.#ended);
  }
}
