/** The memory that an operation's thread shares with its owner: what is asked of it, its limits, and the bytes done. */
import type { CloudObjectChange, CloudPermission } from '#shared/domain/cloud-image.ts';
import type { JobLimits, JobNote, JobPhase } from '#shared/domain/job.ts';

const requestWord = 0;
const acknowledgeWord = 1;
const workersWord = 2;
const lowPriorityWord = 3;
const wordCount = 4;
/** The numbers come after the words, aligned to 8 bytes. */
const numbersOffset = wordCount * 4;
const doneNumber = 0;
const speedNumber = 1;
const numberCount = 2;
const blockBytes = numbersOffset + numberCount * 8;

/** What the owner asks of the operation. */
export const asked = {
  /** To work. */
  go: 0,
  /** To put on record what is durable, and to sleep until something else is asked. */
  pause: 1,
  /** To put on record what is durable, and to end without removing it. */
  suspend: 2,
  /** To end and to remove what it wrote. */
  cancel: 3,
} as const;
export type Asked = (typeof asked)[keyof typeof asked];

/** Stands in the word for "one per core". */
const allWorkers = -1;

/** What the operation's thread says while it works; sent over a port of its own, since it never waits for its event loop. */
export type OperationEvent =
  | {
      readonly kind: 'began';
      readonly phase: JobPhase;
      readonly item: string | null;
      readonly totalBytes: number;
      readonly earlierBytes: number;
      readonly laterBytes: number;
    }
  | { readonly kind: 'partial-created'; readonly path: string }
  | { readonly kind: 'partial-gone'; readonly path: string }
  /** What is durable by now; to be added to the journal. */
  | { readonly kind: 'recorded'; readonly record: Uint8Array }
  /** What the journal says does not hold any more. */
  | { readonly kind: 'journal-cleared' }
  | { readonly kind: 'noted'; readonly note: JobNote }
  | { readonly kind: 'cloud-object'; readonly change: CloudObjectChange }
  /** To be kept with the secrets of the job; null: to be forgotten. */
  | { readonly kind: 'permission-kept'; readonly permission: CloudPermission | null };

/** What the owner tells the thread over the same port, before the operation begins. */
export interface JournalMessage {
  /** The records of an earlier run, the oldest first. */
  readonly journal: readonly Uint8Array[];
  /** What an earlier run had kept; absent where nothing secret is kept. */
  readonly permission?: CloudPermission | null;
}

/** Both sides' view of the shared memory. */
export class ControlBlock {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #numbers: BigInt64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(blockBytes)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, wordCount);
    this.#numbers = new BigInt64Array(memory, numbersOffset, numberCount);
  }

  /** The owner's side: asks something of the operation, whose loops look at it often. A cancel is never taken back. */
  ask(what: Asked): void {
    if (this.asked !== asked.cancel) Atomics.store(this.#words, requestWord, what);
    Atomics.notify(this.#words, requestWord);
  }

  get asked(): Asked {
    return Atomics.load(this.#words, requestWord) as Asked;
  }

  /** The operation's side: sleeps until something else than `what` is asked, or the time has passed. */
  sleepWhile(what: Asked, milliseconds = Number.POSITIVE_INFINITY): void {
    Atomics.wait(this.#words, requestWord, what, milliseconds);
  }

  /** Makes the block fit for the next operation of the same thread. */
  reset(limits: JobLimits): void {
    Atomics.store(this.#words, requestWord, asked.go);
    Atomics.store(this.#words, workersWord, limits.workers ?? allWorkers);
    Atomics.store(this.#words, lowPriorityWord, limits.lowPriority ? 1 : 0);
    this.bytesPerSecond = limits.bytesPerSecond;
    this.restartCounter();
  }

  /** Null: one per core. */
  get workers(): number | null {
    const workers = Atomics.load(this.#words, workersWord);
    return workers === allWorkers ? null : workers;
  }

  get lowPriority(): boolean {
    return Atomics.load(this.#words, lowPriorityWord) !== 0;
  }

  /** How fast the operation may work; null: as fast as it can. May change while it works. */
  get bytesPerSecond(): number | null {
    const speed = Number(Atomics.load(this.#numbers, speedNumber));
    return speed === 0 ? null : speed;
  }

  set bytesPerSecond(speed: number | null) {
    Atomics.store(this.#numbers, speedNumber, BigInt(speed ?? 0));
  }

  get doneBytes(): number {
    return Number(Atomics.load(this.#numbers, doneNumber));
  }

  restartCounter(doneBytes = 0): void {
    Atomics.store(this.#numbers, doneNumber, BigInt(Math.round(doneBytes)));
  }

  addDone(bytes: number): void {
    Atomics.add(this.#numbers, doneNumber, BigInt(Math.round(bytes)));
  }

  /** The operation's side: how many acknowledgements there were, to be given to waitForAcknowledgement(). */
  get acknowledged(): number {
    return Atomics.load(this.#words, acknowledgeWord);
  }

  /** Sleeps until the owner has acknowledged once more than `before`, or a second has passed. */
  waitForAcknowledgement(before: number): void {
    const patienceMilliseconds = 1000;
    Atomics.wait(this.#words, acknowledgeWord, before, patienceMilliseconds);
  }

  /** The owner's side: what was just reported is on record. */
  acknowledge(): void {
    Atomics.add(this.#words, acknowledgeWord, 1);
    Atomics.notify(this.#words, acknowledgeWord);
  }
}
