/** The ordered side of the pipeline: gives chunks to the computers and takes the results in the order of the disk. */
import type { Span } from '#shared/domain/image.ts';
import { RangeCopier } from '../bytes/range-copier.ts';
import type { Control } from '../control.ts';
import { resultOf, type Steering, type TakeResult } from './chunk-result.ts';
import { Computer, resultBytesFor, type ComputerPlan } from './computer.ts';
import { slotNumber, Slots, type SlotGeometry } from './slots.ts';
import { runThreads } from './threaded-run.ts';

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
  const copier = new RangeCopier();
  const steering: Steering = {
    bring(moves) {
      moves.perform(copier);
      if (copier.unable) slots.wantBytes();
    },
    // Everything is moved as it is brought.
    settle() {},
  };
  try {
    for (const chunk of chunks) {
      control.throwIfCancelled();
      slot.numbers[slotNumber.start] = chunk.start;
      slot.numbers[slotNumber.length] = chunk.length;
      const length = computer.process(slot, slots.bytesWanted);
      if (take(resultOf(slot, length), steering) === false) return;
      control.advance(chunk.length);
    }
  } finally {
    computer.close();
  }
}
