/** The body of a compute thread: claims chunks from shared memory until it is told to stop. */
import { Failure } from '#shared/failure.ts';
import { Computer, type ComputerPlan } from './computer.ts';
import { lowerThreadPriority } from './thread-priority.ts';
import { Slots, slotState, type Slot, type SlotGeometry } from './slots.ts';

/** What a compute thread is started with. */
export interface ComputerStart {
  readonly memory: SharedArrayBuffer;
  readonly geometry: SlotGeometry;
  readonly plan: ComputerPlan;
  /** Yields to everything else on the machine. */
  readonly lowPriority: boolean;
}

/** Runs until the ordered thread stops it. A failure is handed over in a slot; the thread itself never throws. */
export function runComputer(start: ComputerStart): void {
  const slots = new Slots(start.geometry, start.memory);
  if (start.lowPriority) lowerThreadPriority();
  slots.started();
  let computer: Computer | null = null;
  for (;;) {
    const slot = slots.claim();
    if (slot === null) break;
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
    return writeFailure(slot, new Failure('internal', { problem: 'a failure too long to tell' }));
  }
  slot.result.set(data);
  return data.length;
}
