/** The operation's side of its owner's memory and port: progress out; pause, stop and limits in. */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { CloudObjectChange, CloudPermission } from '#shared/domain/cloud-image.ts';
import type { JobNote, JobPhase } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Journal } from '#engine/control.ts';
import { lowerThreadPriority } from '#engine/pipeline/thread-priority.ts';
import { defaultWorkers } from '#engine/pipeline/threads.ts';
import type { TransferControl } from '../transfers/control.ts';
import { asked, type ControlBlock, type JournalMessage, type OperationEvent } from './control-block.ts';
import { SpeedLimit } from '#engine/pipeline/speed-limit.ts';

export interface OperationSurroundings {
  readonly block: ControlBlock;
  readonly events: MessagePort;
  readonly computerEntry: string;
}

/** The control of an operation that is about to begin. `threads` false: it computes in the thread that it runs in. */
export function controlFor(surroundings: OperationSurroundings, threads: boolean): TransferControl {
  const { block } = surroundings;
  if (block.lowPriority) lowerThreadPriority();
  return new OperationControl(surroundings, threads ? (block.workers ?? defaultWorkers()) : 0);
}

class OperationControl implements TransferControl {
  readonly workers: number;
  readonly computerEntry: string;
  readonly lowPriority: boolean;
  readonly journal: Journal | null;
  readonly keepsPermissions: boolean;
  readonly permission: CloudPermission | null;
  readonly #block: ControlBlock;
  readonly #events: MessagePort;
  readonly #speed = new SpeedLimit();
  /** All phases that were begun, the present one too. */
  #begunBytes = 0;
  #laterBytes = 0;
  #beforeHalting: (() => void) | null = null;

  constructor({ block, events, computerEntry }: OperationSurroundings, workers: number) {
    this.workers = workers;
    this.computerEntry = computerEntry;
    this.lowPriority = block.lowPriority;
    this.#block = block;
    this.#events = events;
    // Nothing was sent ahead of the call where the owner keeps no journal.
    const sent = receiveMessageOnPort(this.#events) as { message: JournalMessage } | undefined;
    this.journal = sent === undefined ? null : this.#journalWith(sent.message.journal);
    this.keepsPermissions = sent?.message.permission !== undefined;
    this.permission = sent?.message.permission ?? null;
  }

  beforeHalting(work: (() => void) | null): void {
    this.#beforeHalting = work;
  }

  throwIfCancelled(): void {
    const block = this.#block;
    if (block.asked === asked.go) return;
    if (block.asked !== asked.cancel) this.#beforeHalting?.();
    while (block.asked === asked.pause) block.sleepWhile(asked.pause);
    if (block.asked === asked.cancel) throw new Failure('operation.cancelled', {});
    if (block.asked === asked.suspend) {
      throw new Failure('operation.interrupted', { reason: inEnglish('it was put off') });
    }
  }

  begin(phase: JobPhase, totalBytes: number, item?: string, doneBytes = 0): void {
    const earlierBytes = this.#begunBytes;
    this.#begunBytes += totalBytes;
    this.#laterBytes = Math.max(0, this.#laterBytes - totalBytes);
    this.#block.restartCounter(doneBytes);
    this.#report({
      kind: 'began',
      phase,
      item: item ?? null,
      totalBytes,
      earlierBytes,
      laterBytes: this.#laterBytes,
    });
  }

  expect(laterBytes: number): void {
    this.#laterBytes = laterBytes;
  }

  advance(bytes: number): void {
    this.#block.addDone(bytes);
    // In slices, so that a pause, a cancel or another limit is heeded soon.
    for (let wait = this.#speed.take(bytes, this.#block.bytesPerSecond); wait > 0;) {
      if (this.#block.asked !== asked.go) return;
      this.#block.sleepWhile(asked.go, wait);
      wait = this.#speed.take(0, this.#block.bytesPerSecond);
    }
  }

  partialCreated(path: string): void {
    this.#reportAndWait({ kind: 'partial-created', path });
  }

  partialGone(path: string): void {
    this.#reportAndWait({ kind: 'partial-gone', path });
  }

  cloudObject(change: CloudObjectChange): void {
    this.#reportAndWait({ kind: 'cloud-object', change });
  }

  keepPermission(permission: CloudPermission | null): void {
    this.#reportAndWait({ kind: 'permission-kept', permission });
  }

  note(note: JobNote): void {
    this.#report({ kind: 'noted', note });
  }

  #journalWith(records: readonly Uint8Array[]): Journal {
    return {
      records,
      append: (record) => this.#report({ kind: 'recorded', record }),
      clear: () => this.#reportAndWait({ kind: 'journal-cleared' }),
    };
  }

  #report(event: OperationEvent): void {
    this.#events.postMessage(event);
  }

  /** For what must be on record before the work goes on. */
  #reportAndWait(event: OperationEvent): void {
    const before = this.#block.acknowledged;
    this.#report(event);
    this.#block.waitForAcknowledgement(before);
  }
}
