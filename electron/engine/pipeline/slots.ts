/** The shared memory between the ordered thread and the computers: fixed slots, each one chunk of the disk. */
import { moveWords } from './moves.ts';

/**
 * Where a slot is on its way. A computer that fails puts its FailureData as JSON into the slot's bytes. `placed`: what the ordered
 * thread took has its places, and waits to be moved there by whoever is free; `unmoved`: something was in the way.
 */
export const slotState = {
  free: 0,
  assigned: 1,
  claimed: 2,
  done: 3,
  failed: 4,
  placed: 5,
  moving: 6,
  moved: 7,
  unmoved: 8,
} as const;
type SlotState = (typeof slotState)[keyof typeof slotState];

/** A chunk of more moves than this is moved by the ordered thread: it would be many small writes. */
const mostMoves = 64;

/** What became of one unit of a chunk. A positive number is the length of the encoded unit; 0: nothing to write. */
export const unitZero = 0;
export const unitStored = -1;
/** Of an overlay: it reads as zeros, but the backing image has bytes there. */
export const unitCleared = -2;

const digestBytes = 32;
/** Words that all threads share: a counter to sleep on for each side, and the stop flag. */
const sharedWords = 6;
const workWord = 0;
const doneWord = 1;
const stopWord = 2;
const startedWord = 3;
const bytesWantedWord = 4;
/** 1 while somebody moves a chunk. */
const movingWord = 5;
/** Words of a slot: its state, the number of result bytes, the number of moves. */
const slotWords = 3;
/** Where the numbers of a slot are: the chunk's, the first difference found, and 1 where its bytes stay where they are. */
export const slotNumber = { start: 0, length: 1, difference: 2, inPlace: 3 } as const;
const slotNumbers = 4;

export interface SlotGeometry {
  readonly slotCount: number;
  /** The most units in a chunk. */
  readonly unitCount: number;
  /** Room for the results of a chunk. */
  readonly resultBytes: number;
}

/** One slot's memory, seen by either side. */
export interface Slot {
  readonly index: number;
  readonly numbers: Float64Array;
  readonly units: Int32Array;
  readonly digest: Uint8Array;
  /** What stands for the units that hold data in identifiers. @see ChunkContent */
  readonly content: Uint8Array;
  readonly result: Uint8Array;
  /** @see Moves.describe */
  readonly moves: Float64Array;
}

/** Both sides' view of the shared memory. */
export class Slots {
  readonly memory: SharedArrayBuffer;
  readonly geometry: SlotGeometry;
  readonly slots: readonly Slot[];
  readonly #words: Int32Array;

  constructor(geometry: SlotGeometry, memory?: SharedArrayBuffer) {
    this.geometry = geometry;
    const { slotCount, unitCount, resultBytes } = geometry;
    let at = 0;
    const place = (bytes: number): number => {
      const start = at;
      at = Math.ceil((at + bytes) / 64) * 64;
      return start;
    };
    const wordsAt = place((sharedWords + slotWords * slotCount) * 4);
    const places = Array.from({ length: slotCount }, () => ({
      numbers: place(slotNumbers * 8),
      units: place(unitCount * 4),
      digest: place(digestBytes),
      content: place(digestBytes),
      moves: place(mostMoves * moveWords * 8),
      result: place(resultBytes),
    }));
    this.memory = memory ?? new SharedArrayBuffer(at);
    this.#words = new Int32Array(this.memory, wordsAt, sharedWords + slotWords * slotCount);
    this.slots = places.map((offsets, index) => ({
      index,
      numbers: new Float64Array(this.memory, offsets.numbers, slotNumbers),
      units: new Int32Array(this.memory, offsets.units, unitCount),
      digest: new Uint8Array(this.memory, offsets.digest, digestBytes),
      content: new Uint8Array(this.memory, offsets.content, digestBytes),
      moves: new Float64Array(this.memory, offsets.moves, mostMoves * moveWords),
      result: new Uint8Array(this.memory, offsets.result, resultBytes),
    }));
  }

  #stateWord(slot: Slot): number {
    return sharedWords + slot.index * slotWords;
  }

  state(slot: Slot): number {
    return Atomics.load(this.#words, this.#stateWord(slot));
  }

  release(slot: Slot): void {
    Atomics.store(this.#words, this.#stateWord(slot), slotState.free);
  }

  resultLength(slot: Slot): number {
    return Atomics.load(this.#words, this.#stateWord(slot) + 1);
  }

  moveCount(slot: Slot): number {
    return Atomics.load(this.#words, this.#stateWord(slot) + 2);
  }

  /** The ordered side: offers a chunk to the computers and wakes one. */
  assign(slot: Slot, start: number, length: number): void {
    slot.numbers[slotNumber.start] = start;
    slot.numbers[slotNumber.length] = length;
    this.#offer(slot, slotState.assigned);
  }

  /** The ordered side: offers what `slot.moves` says. */
  place(slot: Slot, moveCount: number): void {
    Atomics.store(this.#words, this.#stateWord(slot) + 2, moveCount);
    this.#offer(slot, slotState.placed);
  }

  #offer(slot: Slot, state: SlotState): void {
    Atomics.store(this.#words, this.#stateWord(slot), state);
    Atomics.add(this.#words, workWord, 1);
    Atomics.notify(this.#words, workWord, 1);
  }

  /**
   * A computer: takes a chunk, to move it if it `moves` and one is placed, since that makes room, else to make it; or sleeps until
   * there is one. Null once all is over.
   */
  claim(moves: boolean): Slot | null {
    for (;;) {
      if (Atomics.load(this.#words, stopWord) !== 0) return null;
      const seen = Atomics.load(this.#words, workWord);
      const placed = moves ? this.claimPlaced() : null;
      if (placed !== null) return placed;
      const slot = this.#first(slotState.assigned);
      if (slot === null) Atomics.wait(this.#words, workWord, seen);
      else if (this.claimOne(slot)) return slot;
    }
  }

  /** Takes that chunk, if nobody has yet. */
  claimOne(slot: Slot): boolean {
    return this.#exchange(slot, slotState.assigned, slotState.claimed);
  }

  /**
   * Takes a chunk that is to be moved, until endMoving() or completeMoves(); null where there is none, or where another is being
   * moved: a file takes one writer at a time, and a second one would burn a core waiting for it.
   */
  claimPlaced(): Slot | null {
    if (Atomics.compareExchange(this.#words, movingWord, 0, 1) !== 0) return null;
    for (;;) {
      const slot = this.#first(slotState.placed);
      if (slot !== null && !this.#exchange(slot, slotState.placed, slotState.moving)) continue;
      if (slot === null) this.endMoving();
      return slot;
    }
  }

  /** Lets the next one be moved. */
  endMoving(): void {
    Atomics.store(this.#words, movingWord, 0);
  }

  /** The ordered side: takes back what place() offered; false where somebody has begun with it. */
  retract(slot: Slot): boolean {
    return this.#exchange(slot, slotState.placed, slotState.free);
  }

  #exchange(slot: Slot, from: SlotState, to: SlotState): boolean {
    return Atomics.compareExchange(this.#words, this.#stateWord(slot), from, to) === from;
  }

  #first(state: SlotState): Slot | null {
    let first: Slot | null = null;
    for (const slot of this.slots) {
      if (this.state(slot) !== state) continue;
      if (first === null || slot.numbers[slotNumber.start]! < first.numbers[slotNumber.start]!) first = slot;
    }
    return first;
  }

  /** A computer: the chunk is done, or failed. */
  complete(slot: Slot, state: typeof slotState.done | typeof slotState.failed, resultLength: number): void {
    Atomics.store(this.#words, this.#stateWord(slot) + 1, resultLength);
    this.#finish(slot, state);
  }

  /** Who took a placed chunk: it is where it belongs, or not. */
  completeMoves(slot: Slot, areMoved: boolean): void {
    this.endMoving();
    this.#finish(slot, areMoved ? slotState.moved : slotState.unmoved);
  }

  #finish(slot: Slot, state: SlotState): void {
    Atomics.store(this.#words, this.#stateWord(slot), state);
    Atomics.add(this.#words, doneWord, 1);
    Atomics.notify(this.#words, doneWord);
  }

  /** What waitForChange() is to be given: read before looking at states. */
  get changes(): number {
    return Atomics.load(this.#words, doneWord);
  }

  /** The ordered side: sleeps until a computer has finished something since `seen`, or `milliseconds` have passed. */
  waitForChange(seen: number, milliseconds: number): void {
    Atomics.wait(this.#words, doneWord, seen, milliseconds);
  }

  /** A computer is ready to claim. */
  started(): void {
    Atomics.add(this.#words, startedWord, 1);
  }

  get startedCount(): number {
    return Atomics.load(this.#words, startedWord);
  }

  /** The ordered side: chunks are to be read from now on, even those that could stay where they are. */
  wantBytes(): void {
    Atomics.store(this.#words, bytesWantedWord, 1);
  }

  get bytesWanted(): boolean {
    return Atomics.load(this.#words, bytesWantedWord) !== 0;
  }

  /** The ordered side: no more work; all computers end. */
  stop(): void {
    Atomics.store(this.#words, stopWord, 1);
    Atomics.add(this.#words, workWord, 1);
    Atomics.notify(this.#words, workWord);
  }
}
