/** The owner's side of a worker thread: a typed client, the progress of what it runs, and a way to stop it. */
import { MessageChannel, Worker } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { ORPCError } from '@orpc/client';
import type { WorkerContract } from '#shared/contract/worker.ts';
import type { JobPhase } from '#shared/domain/job.ts';
import { Failure, type FailureData } from '#shared/failure.ts';
import { ControlBlock, type OperationEvent } from './control-block.ts';

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
}

export type WorkerClient = ContractRouterClient<WorkerContract>;

export interface WorkerListeners {
  /** A partial output is about to be created; returns after it is on record. */
  partialCreated?(path: string): void;
  partialGone?(path: string): void;
}

/** A worker thread that runs one engine operation at a time. */
export class WorkerThread {
  readonly client: WorkerClient;
  readonly #worker: Worker;
  readonly #block = new ControlBlock();
  #began: { phase: JobPhase; item: string | null; totalBytes: number } | null = null;
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
    });
    this.#worker.on('error', (error) => this.#end(`the worker thread failed: ${String(error)}`));
    this.#worker.on('exit', (code) => this.#end(`the worker thread ended with code ${code}`));
    events.port1.on('message', (event: OperationEvent) => this.#receive(event));
    calls.port1.start();
    this.client = createORPCClient(new RPCLink({ port: calls.port1 }));
  }

  /**
   * Runs one operation: `call` gets the client. Only one at a time.
   * @throws Failure of the operation; `operation.interrupted` when the thread dies.
   */
  async run<T>(call: (client: WorkerClient) => Promise<T>, listeners: WorkerListeners = {}): Promise<T> {
    if (this.#ended) throw this.#ended;
    this.#block.reset();
    this.#began = null;
    this.#listeners = listeners;
    const death = new Promise<never>((_, reject) => {
      this.#rejectRunning = reject;
    });
    try {
      return await Promise.race([call(this.client), death]);
    } catch (error) {
      throw failureOf(error);
    } finally {
      this.#rejectRunning = null;
      this.#listeners = {};
    }
  }

  /** Asks the running operation to stop: it ends in `operation.cancelled`, having removed what it wrote. */
  cancel(): void {
    this.#block.cancel();
  }

  /** What the running operation is at; null before it says so. */
  get progress(): OperationProgress | null {
    return this.#began && { ...this.#began, doneBytes: this.#block.doneBytes };
  }

  get alive(): boolean {
    return this.#ended === null;
  }

  /** Ends the thread. A running operation is stopped first when `cancel` was called in time; otherwise it is cut off. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(event: OperationEvent): void {
    if (event.kind === 'began') {
      this.#began = event;
      return;
    }
    if (event.kind === 'partial-created') this.#listeners.partialCreated?.(event.path);
    else this.#listeners.partialGone?.(event.path);
    this.#block.acknowledge();
  }

  #end(reason: string): void {
    this.#ended ??= new Failure('operation.interrupted', { reason });
    this.#rejectRunning?.(this.#ended);
  }
}

/** The Failure that a call's error carries. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ORPCError && error.code === 'FAILURE') {
    return Failure.fromData(error.data as FailureData);
  }
  return Failure.from(error);
}
