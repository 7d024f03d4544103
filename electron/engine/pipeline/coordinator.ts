/** The ordered side of the pipeline: gives chunks to the computers and takes the results in the order of the disk. */
import { Worker } from 'node:worker_threads';
import type { Span } from '#shared/domain/image.ts';
import { Failure, type FailureData } from '#shared/failure.ts';
import type { Control } from '../control.ts';
import { Computer, resultBytesFor, type ComputerPlan } from './computer.ts';
import { slotNumber, Slots, slotState, type Slot, type SlotGeometry } from './slots.ts';
import type { ComputerStart } from './thread.ts';

/** What became of one chunk. The views are valid until the callback returns. */
export interface ChunkResult extends Span {
  /** Per unit: unitZero, unitStored, or the length of the encoded unit. */
  readonly units: Int32Array;
  /** For `read` the chunk's bytes, for `encode` the units one after the other. */
  readonly bytes: Uint8Array;
  readonly digest: Uint8Array;
  /** For `read` and `encode`: what stands for the units that hold data in identifiers. @see ContentChain */
  readonly content: Uint8Array;
  /** The bytes are not here: the chunk lies in files as it is, and its units are told all the same. */
  readonly inPlace: boolean;
  /** For `compare`: the index of the first differing byte in the chunk, -1 for none. */
  readonly difference: number;
}

/** Takes a result. Answering false ends the run early. */
export type TakeResult = (result: ChunkResult, steering: Steering) => boolean | void;

/** What whoever takes the results may ask of the computers from then on. */
export interface Steering {
  /** The bytes of all chunks, also of those that could be left in place. */
  wantBytes(): void;
}

/** How long we sleep before we look whether the user has cancelled. */
const cancelPollMilliseconds = 100;
/** A thread that has not begun after this long never will. */
const startPatienceMilliseconds = 30_000;
/** Under this much work starting threads costs more than it gives. */
const worthThreadsBytes = 4 << 20;

/**
 * Runs `plan` over `chunks` (ascending, each at most `plan.chunkBytes`) and calls `take` for each in their order.
 * Progress advances by the bytes of each chunk.
 * @param dataBytes roughly how much there is to do, to decide whether threads are worth it
 * @throws Failure the first one, in the disk's order
 */
export function runPipeline(
  plan: ComputerPlan,
  chunks: Iterable<Span>,
  dataBytes: number,
  control: Control,
  take: TakeResult,
): void {
  const wanted = dataBytes < worthThreadsBytes ? 0 : control.workers;
  const free = wanted > 1 && plan.takesCore === true ? wanted - 1 : wanted;
  const workers = plan.seekable ? free : Math.min(free, 1);
  const geometry: SlotGeometry = {
    // Each computer has a chunk at work and one waiting; two more are being taken.
    slotCount: workers === 0 ? 1 : workers * 2 + 2,
    unitCount: Math.max(1, Math.ceil(plan.chunkBytes / plan.task.unitBytes)),
    resultBytes: resultBytesFor(plan),
  };
  const slots = new Slots(geometry);
  if (workers === 0) runHere(plan, slots, chunks, control, take);
  else
    runThreads(
      { plan, geometry, memory: slots.memory, lowPriority: control.lowPriority },
      slots,
      workers,
      chunks,
      control,
      take,
    );
}

function runHere(
  plan: ComputerPlan,
  slots: Slots,
  chunks: Iterable<Span>,
  control: Control,
  take: TakeResult,
): void {
  const slot = slots.slots[0]!;
  const computer = new Computer(plan);
  try {
    for (const chunk of chunks) {
      control.throwIfCancelled();
      slot.numbers[slotNumber.start] = chunk.start;
      slot.numbers[slotNumber.length] = chunk.length;
      const length = computer.process(slot, slots.bytesWanted);
      if (take(resultOf(slot, length), slots) === false) return;
      control.advance(chunk.length);
    }
  } finally {
    computer.close();
  }
}

function runThreads(
  start: ComputerStart,
  slots: Slots,
  workers: number,
  chunks: Iterable<Span>,
  control: Control,
  take: TakeResult,
): void {
  const { plan } = start;
  const threads: Worker[] = [];
  const startUpTo = (count: number): void => {
    while (threads.length < count) threads.push(startThread(control.computerEntry, start));
  };
  // What stays in place is looked at faster than it is copied: one thread does, until a chunk must be read.
  startUpTo(plan.task.kind === 'read' && plan.task.inPlace !== undefined ? 1 : workers);
  let ownComputer: Computer | null = null;
  const pending = chunks[Symbol.iterator]();
  const queue: Slot[] = [];
  const free = [...slots.slots];
  const fill = (): void => {
    while (free.length > 0) {
      const next = pending.next();
      if (next.done === true) return;
      const slot = free.pop()!;
      slots.assign(slot, next.value.start, next.value.length);
      queue.push(slot);
    }
  };
  try {
    for (fill(); queue.length > 0; fill()) {
      const slot = queue.shift()!;
      let length: number;
      if (plan.seekable && slots.claimOne(slot)) {
        // Nobody has begun with it, as while the threads start: then it is done here.
        control.throwIfCancelled();
        ownComputer ??= new Computer(plan);
        length = ownComputer.process(slot, slots.bytesWanted);
      } else {
        waitForSlot(slots, slot, control);
        length = slots.resultLength(slot);
        if (slots.state(slot) === slotState.failed) throw failureIn(slot, length);
      }
      const result = resultOf(slot, length);
      if (!result.inPlace) startUpTo(workers);
      if (take(result, slots) === false) return;
      control.advance(result.length);
      slots.release(slot);
      free.push(slot);
    }
  } finally {
    slots.stop();
    pending.return?.();
    ownComputer?.close();
    for (const thread of threads) thread.unref();
  }
}

/**
 * What a thread works on lies outside its heap; with room for more, V8 collects its short-lived objects late and many threads
 * together hold hundreds of MiB of them.
 */
const youngMebibytes = 2;

/** Compute threads end by themselves once stopped. Their console output is not waited for: the starter never yields. */
function startThread(entry: string, start: ComputerStart): Worker {
  return new Worker(entry, {
    workerData: start,
    resourceLimits: { maxYoungGenerationSizeMb: youngMebibytes },
  });
}

function waitForSlot(slots: Slots, slot: Slot, control: Control): void {
  const deadline = Date.now() + startPatienceMilliseconds;
  while (!slots.waitFor(slot, cancelPollMilliseconds)) {
    control.throwIfCancelled();
    if (slots.startedCount === 0 && Date.now() > deadline) {
      throw new Failure('internal', { problem: 'the compute threads did not start' });
    }
  }
  control.throwIfCancelled();
}

function failureIn(slot: Slot, length: number): Failure {
  const text = new TextDecoder().decode(slot.result.slice(0, length));
  return Failure.fromData(JSON.parse(text) as FailureData);
}

function resultOf(slot: Slot, length: number): ChunkResult {
  return {
    start: slot.numbers[slotNumber.start]!,
    length: slot.numbers[slotNumber.length]!,
    units: slot.units,
    bytes: slot.result.subarray(0, length),
    digest: slot.digest,
    content: slot.content,
    inPlace: slot.numbers[slotNumber.inPlace] === 1,
    difference: slot.numbers[slotNumber.difference]!,
  };
}
