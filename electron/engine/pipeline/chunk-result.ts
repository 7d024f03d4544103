/** What the pipeline hands to whoever takes its results, chunk by chunk. */
import type { Span } from '#shared/domain/image.ts';
import type { Moves } from './moves.ts';
import { slotNumber, type Slot } from './slots.ts';

/** What became of one chunk. The views are valid until the callback returns; those that it brings, until they are moved. */
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

/** What whoever takes the results may ask for. */
export interface Steering {
  /** Has the moves of the chunk that is being taken done, by whichever thread is free. Once per chunk. */
  bring(moves: Moves): void;
  /** Returns when all that earlier chunks brought is where it belongs. @throws Failure of the output or the source. */
  settle(): void;
}

/** The first `length` bytes of the slot are the result. */
export function resultOf(slot: Slot, length: number): ChunkResult {
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
