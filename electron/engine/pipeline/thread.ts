/** The body of a compute thread: takes chunks from shared memory, to make or to move, until it is told to stop. */
import type { MessagePort } from 'node:worker_threads';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { Computer, type ComputerPlan } from './computer.ts';
import { performDescribed } from './moves.ts';
import { lowerThreadPriority } from './thread-priority.ts';
import { Slots, slotState, type Slot, type SlotGeometry } from './slots.ts';

/** What all compute threads of a run are started with. */
export interface ComputerSetup {
  readonly memory: SharedArrayBuffer;
  readonly geometry: SlotGeometry;
  readonly plan: ComputerPlan;
  /** Yields to everything else on the machine. */
  readonly lowPriority: boolean;
}

export interface ComputerStart extends ComputerSetup {
  /** Closes when the thread ends, however it does; before that, it may say why. */
  readonly line: MessagePort;
}

/** Runs until the ordered thread stops it. What is wrong with a chunk is handed over in its slot; anything else, over the line. */
export function runComputer(start: ComputerStart): void {
  try {
    takeChunks(start);
  } catch (error) {
    start.line.postMessage(Failure.from(error).toData());
  }
}

function takeChunks(start: ComputerStart): void {
  const slots = new Slots(start.geometry, start.memory);
  if (start.lowPriority) lowerThreadPriority();
  slots.started();
  let computer: Computer | null = null;
  for (;;) {
    // Where only one thread can read, it does nothing else.
    const slot = slots.claim(start.plan.seekable);
    if (slot === null) break;
    if (slots.state(slot) === slotState.moving) {
      slots.completeMoves(slot, performDescribed(slot.moves, slots.moveCount(slot), slot.result));
      continue;
    }
    try {
      computer ??= new Computer(start.plan);
      slots.complete(slot, slotState.done, computer.process(slot, slots.bytesWanted));
    } catch (error) {
      slots.complete(slot, slotState.failed, writeFailure(slot, error));
    }
  }
  computer?.close();
}

/** Puts what went wrong into the slot as JSON; the number of bytes. */
function writeFailure(slot: Slot, error: unknown): number {
  const data = new TextEncoder().encode(JSON.stringify(Failure.from(error).toData()));
  if (data.length > slot.result.length) {
    return writeFailure(slot, new Failure('internal', { problem: inEnglish('a failure too long to tell') }));
  }
  slot.result.set(data);
  return data.length;
}
