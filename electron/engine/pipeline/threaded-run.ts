/** The pipeline with threads: computers make and move chunks, the ordered thread takes them in the order of the disk. */
import type { Span } from '#shared/domain/image.ts';
import { Failure, type FailureData } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { RangeCopier } from '../bytes/range-copier.ts';
import type { Control } from '../control.ts';
import { Computer } from './computer.ts';
import { resultOf, type Steering, type TakeResult } from './chunk-result.ts';
import { ComputeThread } from './compute-thread.ts';
import type { Moves } from './moves.ts';
import { slotNumber, slotState, type Slot, type Slots } from './slots.ts';
import type { ComputerSetup } from './thread.ts';

/** How long we sleep before we look whether the user has cancelled. */
const cancelPollMilliseconds = 100;
/** How often we look whether the threads that nothing comes from still live. */
const deathPollMilliseconds = 500;
/** A thread that has not begun after this long never will. */
const startPatienceMilliseconds = 30_000;

/**
 * Gives `chunks` to `workers` threads, and `take` what became of each. What it brings to the output is moved by whichever
 * thread is free, this one too when it has nothing to take. All of it is moved, or given up, when this returns or throws.
 */
export function runThreads(
  setup: ComputerSetup,
  slots: Slots,
  workers: number,
  chunks: Iterable<Span>,
  control: Control,
  take: TakeResult,
): void {
  const run = new ThreadedRun(setup, slots, workers, chunks, control);
  try {
    run.run(take);
  } finally {
    run.end();
  }
}

class ThreadedRun implements Steering {
  readonly #setup: ComputerSetup;
  readonly #slots: Slots;
  readonly #workers: number;
  readonly #control: Control;
  readonly #pending: Iterator<Span>;
  readonly #threads: ComputeThread[] = [];
  #lookedAfterThreads = 0;
  readonly #copier = new RangeCopier();
  #ownComputer: Computer | null = null;
  /** Chunks that are being made, in the order of the disk. */
  readonly #queue: Slot[] = [];
  readonly #free: Slot[];
  /** Chunks that are being moved. */
  readonly #moving = new Map<Slot, Moves>();
  /** What the chunk that is being taken brings. */
  #brought: Moves | null = null;

  constructor(setup: ComputerSetup, slots: Slots, workers: number, chunks: Iterable<Span>, control: Control) {
    this.#setup = setup;
    this.#slots = slots;
    this.#workers = workers;
    this.#control = control;
    this.#pending = chunks[Symbol.iterator]();
    this.#free = [...slots.slots];
  }

  run(take: TakeResult): void {
    const { task } = this.#setup.plan;
    // What stays in place is looked at faster than it is moved: one thread does, until a chunk must be read.
    this.#startUpTo(task.kind === 'read' && task.inPlace !== undefined ? 1 : this.#workers);
    for (;;) {
      this.#fill();
      const slot = this.#queue.shift();
      if (slot !== undefined) {
        if (!this.#takeOne(slot, take)) return;
      } else if (this.#moving.size === 0) return;
      else this.#awaitMoved();
    }
  }

  bring(moves: Moves): void {
    this.#brought = moves;
  }

  settle(): void {
    while (this.#moving.size > 0) {
      const seen = this.#slots.changes;
      if (!this.#collectMoved() && !this.#moveOne()) this.#wait(seen);
    }
  }

  /** Sleeps until a thread has finished something since `seen`, for a while only. @throws Failure when a thread has died. */
  #wait(seen: number): void {
    this.#slots.waitForChange(seen, cancelPollMilliseconds);
    const now = Date.now();
    if (this.#slots.changes !== seen || now - this.#lookedAfterThreads < deathPollMilliseconds) return;
    this.#lookedAfterThreads = now;
    for (const thread of this.#threads) thread.throwIfEnded();
  }

  /** Ends the threads. Nothing is moved any more then: the files may be closed. */
  end(): void {
    this.#slots.stop();
    for (const slot of this.#moving.keys()) this.#giveUp(slot);
    this.#pending.return?.();
    this.#ownComputer?.close();
    for (const thread of this.#threads) thread.release();
  }

  /**
   * A thread that has begun is waited for, however long it takes: its file's descriptor must not become another file's. One that
   * has died moves nothing any more, and once stopped the others end, too.
   */
  #giveUp(slot: Slot): void {
    if (this.#slots.retract(slot)) return;
    for (;;) {
      const seen = this.#slots.changes;
      if (this.#slots.state(slot) !== slotState.moving) return;
      if (this.#threads.every((thread) => thread.hasEnded)) return;
      this.#slots.waitForChange(seen, cancelPollMilliseconds);
    }
  }

  #startUpTo(count: number): void {
    while (this.#threads.length < count) {
      this.#threads.push(new ComputeThread(this.#control.computerEntry, this.#setup));
    }
  }

  #fill(): void {
    while (this.#free.length > 0) {
      const next = this.#pending.next();
      if (next.done === true) return;
      const slot = this.#free.pop()!;
      this.#slots.assign(slot, next.value.start, next.value.length);
      this.#queue.push(slot);
    }
  }

  /** @returns false to end the run early */
  #takeOne(slot: Slot, take: TakeResult): boolean {
    const result = resultOf(slot, this.#resultLength(slot));
    if (!result.inPlace) this.#startUpTo(this.#workers);
    this.#brought = null;
    if (take(result, this) === false) return false;
    const moves = this.#brought as Moves | null;
    if (moves === null || moves.isEmpty) this.#release(slot);
    else {
      const count = moves.describe(slot.moves);
      if (count < 0) this.#perform(slot, moves);
      else {
        this.#moving.set(slot, moves);
        this.#slots.place(slot, count);
      }
    }
    this.#collectMoved();
    return true;
  }

  /** Makes the chunk here where nobody has begun with it, as while the threads start; else waits for it, moving others. */
  #resultLength(slot: Slot): number {
    const { plan } = this.#setup;
    if (plan.seekable && this.#slots.claimOne(slot)) {
      this.#control.throwIfCancelled();
      this.#ownComputer ??= new Computer(plan);
      return this.#ownComputer.process(slot, this.#slots.bytesWanted);
    }
    const deadline = Date.now() + startPatienceMilliseconds;
    for (;;) {
      const seen = this.#slots.changes;
      const state = this.#slots.state(slot);
      if (state === slotState.done || state === slotState.failed) break;
      if (!this.#moveOne()) this.#wait(seen);
      this.#control.throwIfCancelled();
      if (this.#slots.startedCount === 0 && Date.now() > deadline) {
        throw new Failure('internal', { problem: inEnglish('the compute threads did not start') });
      }
    }
    this.#control.throwIfCancelled();
    const length = this.#slots.resultLength(slot);
    if (this.#slots.state(slot) === slotState.failed) throw failureIn(slot, length);
    return length;
  }

  /** Sleeps until something is moved, or moves it. */
  #awaitMoved(): void {
    const seen = this.#slots.changes;
    if (this.#collectMoved() || this.#moveOne()) return;
    this.#wait(seen);
    this.#control.throwIfCancelled();
  }

  /** Moves a chunk that waits for it; false where none does. */
  #moveOne(): boolean {
    const slot = this.#slots.claimPlaced();
    if (slot === null) return false;
    const moves = this.#moving.get(slot)!;
    this.#moving.delete(slot);
    try {
      this.#perform(slot, moves);
    } finally {
      this.#slots.endMoving();
    }
    return true;
  }

  /** Takes back the slots whose chunks are moved; false where there are none. */
  #collectMoved(): boolean {
    let collected = false;
    for (const [slot, moves] of this.#moving) {
      const state = this.#slots.state(slot);
      if (state !== slotState.moved && state !== slotState.unmoved) continue;
      collected = true;
      this.#moving.delete(slot);
      if (state === slotState.moved) this.#release(slot);
      else this.#perform(slot, moves);
    }
    return collected;
  }

  #perform(slot: Slot, moves: Moves): void {
    moves.perform(this.#copier);
    if (this.#copier.unable) this.#slots.wantBytes();
    this.#release(slot);
  }

  #release(slot: Slot): void {
    this.#control.advance(slot.numbers[slotNumber.length]!);
    this.#slots.release(slot);
    this.#free.push(slot);
  }
}

function failureIn(slot: Slot, length: number): Failure {
  const text = new TextDecoder().decode(slot.result.slice(0, length));
  return Failure.fromData(JSON.parse(text) as FailureData);
}
