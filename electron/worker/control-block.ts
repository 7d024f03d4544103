/** The memory that an operation's thread shares with its owner: the cancel flag, the bytes done, and an acknowledgement. */

const cancelWord = 0;
const acknowledgeWord = 1;
const wordCount = 2;
/** The counter comes after the words, aligned to 8 bytes. */
const counterOffset = 8;
const blockBytes = counterOffset + 8;

/** What the operation's thread says while it works; sent over a port of its own, since it never waits for its event loop. */
export type OperationEvent =
  | {
      readonly kind: 'began';
      readonly phase: import('#shared/domain/job.ts').JobPhase;
      readonly item: string | null;
      readonly totalBytes: number;
    }
  | { readonly kind: 'partial-created'; readonly path: string }
  | { readonly kind: 'partial-gone'; readonly path: string };

/** Both sides' view of the shared memory. */
export class ControlBlock {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #doneBytes: BigInt64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(blockBytes)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, wordCount);
    this.#doneBytes = new BigInt64Array(memory, counterOffset, 1);
  }

  /** Asks the operation to stop; its loops look at this often. */
  cancel(): void {
    Atomics.store(this.#words, cancelWord, 1);
    Atomics.notify(this.#words, cancelWord);
  }

  get cancelled(): boolean {
    return Atomics.load(this.#words, cancelWord) !== 0;
  }

  /** Makes the block fit for the next operation of the same thread. */
  reset(): void {
    Atomics.store(this.#words, cancelWord, 0);
    Atomics.store(this.#doneBytes, 0, 0n);
  }

  get doneBytes(): number {
    return Number(Atomics.load(this.#doneBytes, 0));
  }

  restartCounter(): void {
    Atomics.store(this.#doneBytes, 0, 0n);
  }

  addDone(bytes: number): void {
    Atomics.add(this.#doneBytes, 0, BigInt(Math.round(bytes)));
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
