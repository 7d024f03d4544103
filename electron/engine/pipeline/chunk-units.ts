/** The units of a chunk that is in memory: which hold data, and what each is encoded as. */
import { isZero, showsData } from '../bytes/zeros.ts';
import type { UnitEncoder } from '../disks/driver.ts';
import type { ChunkContent } from './content.ts';
import { unitCleared, unitStored, unitZero, type Slot } from './slots.ts';

/** A chunk cut into units; the last may be cut by the disk's end. `backing` is what shows through where a unit is left out. */
export class ChunkUnits {
  readonly chunk: Uint8Array;
  readonly unitBytes: number;
  readonly start: number;
  readonly #backing: Uint8Array | null;

  constructor(chunk: Uint8Array, backing: Uint8Array | null, start: number, unitBytes: number) {
    this.chunk = chunk;
    this.unitBytes = unitBytes;
    this.start = start;
    this.#backing = backing;
  }

  get count(): number {
    return Math.ceil(this.chunk.length / this.unitBytes);
  }

  virtualOffset(index: number): number {
    return this.start + index * this.unitBytes;
  }

  bytes(index: number): Uint8Array {
    return this.chunk.subarray(index * this.unitBytes, this.#end(index));
  }

  #end(index: number): number {
    return Math.min((index + 1) * this.unitBytes, this.chunk.length);
  }

  /** Whether a unit needs no bytes: unitZero or unitCleared; else unitStored. */
  state(index: number): number {
    const at = index * this.unitBytes;
    // Units may be small: no view is made of most.
    if (this.#backing === null && showsData(this.chunk, at, this.#end(index))) return unitStored;
    const unit = this.bytes(index);
    const zero = isZero(unit);
    if (this.#backing === null) return zero ? unitZero : unitStored;
    if (Buffer.compare(unit, this.#backing.subarray(at, at + unit.length)) === 0) return unitZero;
    return zero ? unitCleared : unitStored;
  }

  /** Notes the unit among what stands for the chunk's content. */
  note(index: number, state: number, content: ChunkContent): void {
    const virtualOffset = this.virtualOffset(index);
    if (state === unitStored)
      content.addSampledUnit(virtualOffset, this.chunk, index * this.unitBytes, this.#end(index));
    else if (state === unitCleared) content.addUnit(virtualOffset);
  }
}

/** Notes what became of each unit; the number of bytes that the chunk has. */
export function markUnits(units: ChunkUnits, content: ChunkContent, slot: Slot): number {
  for (let index = 0; index < units.count; index++) {
    const state = units.state(index);
    slot.units[index] = state;
    units.note(index, state, content);
  }
  return units.chunk.length;
}

/** Puts what the units are encoded as one after the other into the slot's result; how many bytes that are. */
export function encodeUnits(
  units: ChunkUnits,
  content: ChunkContent,
  encoder: UnitEncoder,
  slot: Slot,
): number {
  let filled = 0;
  for (let index = 0; index < units.count; index++) {
    filled += encodeUnit(units, index, content, encoder, slot, filled);
  }
  return filled;
}

/** Puts what the unit is encoded as at `at` in the slot's result; its length. */
export function encodeUnit(
  units: ChunkUnits,
  index: number,
  content: ChunkContent,
  encoder: UnitEncoder,
  slot: Slot,
  at: number,
): number {
  const state = units.state(index);
  slot.units[index] = state;
  units.note(index, state, content);
  if (state !== unitStored) return 0;
  let unit = units.bytes(index);
  if (unit.length < units.unitBytes) {
    // The last unit of a disk: formats store whole ones.
    const whole = new Uint8Array(units.unitBytes);
    whole.set(unit);
    unit = whole;
  }
  const length = encoder.encode(unit, slot.result.subarray(at));
  if (length < 0) {
    slot.result.set(unit, at);
    return unit.length;
  }
  slot.units[index] = length;
  return length;
}
