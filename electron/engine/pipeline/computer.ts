/** One compute thread's work: reads a chunk of the disk, decodes it, and makes of it what the task asks for. */
import { createHash } from 'node:crypto';
import type { SourceReference } from '#shared/domain/conversion.ts';
import { isZero } from '../bytes/zeros.ts';
import type { Disk } from '../disks/chain.ts';
import type { TargetShape, UnitEncoder } from '../disks/driver.ts';
import { diskDriver } from '../disks/registry.ts';
import { openDisk } from './open.ts';
import { unitCleared, unitStored, unitZero, type Slot } from './slots.ts';

/** What is made of each chunk. Plain data: it crosses to the threads. */
export type Task =
  /** The bytes themselves, with each unit told zero or not. With `backing`, units that are the same there are left out. */
  | { readonly kind: 'read'; readonly unitBytes: number; readonly backing?: SourceReference }
  /** Each unit that is not zero, encoded as the target format stores it. */
  | {
      readonly kind: 'encode';
      readonly unitBytes: number;
      readonly format: string;
      readonly shape: TargetShape;
      readonly backing?: SourceReference;
    }
  /** Only the digest. */
  | { readonly kind: 'digest'; readonly unitBytes: number }
  /** Where the second disk first differs. Beyond its end a disk reads as zeros. */
  | { readonly kind: 'compare'; readonly unitBytes: number; readonly second: SourceReference };

export interface ComputerPlan {
  readonly source: SourceReference;
  readonly task: Task;
  /** Whether each chunk's SHA-256 is wanted. */
  readonly digest: boolean;
  readonly chunkBytes: number;
  /** Whether several computers may read at different places at once (Disk.seekable). */
  readonly seekable: boolean;
}

/** How many result bytes a chunk may need. */
export function resultBytesFor(plan: Omit<ComputerPlan, 'source'>): number {
  const { task, chunkBytes } = plan;
  const failureRoom = 64 * 1024;
  if (task.kind === 'digest' || task.kind === 'compare') return failureRoom;
  if (task.kind === 'read') return Math.max(chunkBytes, failureRoom);
  const encoder = makeEncoder(task);
  const perUnit = Math.max(encoder.maximumBytes, task.unitBytes);
  return Math.max((chunkBytes / task.unitBytes) * perUnit, failureRoom);
}

function makeEncoder(task: Task & { kind: 'encode' }): UnitEncoder {
  const encoder = diskDriver(task.format).creation?.encoder?.(task.shape);
  if (encoder === null || encoder === undefined) throw new Error(`${task.format} does not encode units`);
  return encoder;
}

/** Holds the disks open and the buffers from chunk to chunk. Used by one thread. */
export class Computer {
  readonly #plan: ComputerPlan;
  readonly #disk: Disk;
  readonly #second: Disk | null;
  readonly #encoder: UnitEncoder | null;
  readonly #buffer: Uint8Array;
  readonly #secondBuffer: Uint8Array;

  constructor(plan: ComputerPlan) {
    this.#plan = plan;
    const { task } = plan;
    this.#disk = openDisk(plan.source);
    const second = secondOf(task);
    this.#second = second === null ? null : openDisk(second);
    this.#encoder = task.kind === 'encode' ? makeEncoder(task) : null;
    // Reads go into memory of our own even for plain results: crypto and zlib take no shared memory.
    this.#buffer = new Uint8Array(plan.chunkBytes);
    this.#secondBuffer = new Uint8Array(second === null ? 0 : plan.chunkBytes);
  }

  /** Does the slot's chunk; the number of result bytes. */
  process(slot: Slot): number {
    const [start, length] = slot.numbers as unknown as [number, number];
    const chunk = this.#buffer.subarray(0, length);
    readPadded(this.#disk, start, chunk);
    if (this.#plan.digest) slot.digest.set(createHash('sha256').update(chunk).digest());
    const { task } = this.#plan;
    let other: Uint8Array | null = null;
    if (this.#second !== null) {
      other = this.#secondBuffer.subarray(0, length);
      readPadded(this.#second, start, other);
    }
    if (task.kind === 'compare') {
      slot.numbers[2] = firstDifference(chunk, other!);
      return 0;
    }
    if (task.kind === 'digest') {
      slot.units[0] = isZero(chunk) ? unitZero : unitStored;
      return 0;
    }
    return this.#encoder === null
      ? markUnits(chunk, other, task.unitBytes, slot)
      : encodeUnits(chunk, other, task.unitBytes, this.#encoder, slot);
  }

  close(): void {
    this.#disk.close();
    this.#second?.close();
  }
}

function secondOf(task: Task): SourceReference | null {
  if (task.kind === 'compare') return task.second;
  return task.kind === 'digest' ? null : (task.backing ?? null);
}

/** Whether a unit needs no bytes: unitZero or unitCleared; else unitStored. `backing` is what shows through without it. */
function emptiness(unit: Uint8Array, backing: Uint8Array | null, at: number): number {
  const zero = isZero(unit);
  if (backing === null) return zero ? unitZero : unitStored;
  const below = backing.subarray(at, at + unit.length);
  if (Buffer.compare(unit, below) === 0) return unitZero;
  return zero ? unitCleared : unitStored;
}

function readPadded(disk: Disk, start: number, into: Uint8Array): void {
  const readable = Math.max(0, Math.min(into.length, disk.capacityBytes - start));
  if (readable > 0) disk.read(start, into.subarray(0, readable));
  into.fill(0, readable);
}

function markUnits(chunk: Uint8Array, backing: Uint8Array | null, unitBytes: number, slot: Slot): number {
  let index = 0;
  for (let at = 0; at < chunk.length; at += unitBytes, index++) {
    const unit = chunk.subarray(at, Math.min(at + unitBytes, chunk.length));
    slot.units[index] = emptiness(unit, backing, at);
  }
  slot.result.set(chunk);
  return chunk.length;
}

function encodeUnits(
  chunk: Uint8Array,
  backing: Uint8Array | null,
  unitBytes: number,
  encoder: UnitEncoder,
  slot: Slot,
): number {
  let index = 0;
  let filled = 0;
  let padded: Uint8Array | null = null;
  for (let at = 0; at < chunk.length; at += unitBytes, index++) {
    let unit = chunk.subarray(at, Math.min(at + unitBytes, chunk.length));
    const empty = emptiness(unit, backing, at);
    if (empty !== unitStored) {
      slot.units[index] = empty;
      continue;
    }
    if (unit.length < unitBytes) {
      // The last unit of a disk: formats store whole ones.
      padded ??= new Uint8Array(unitBytes);
      padded.set(unit);
      unit = padded;
    }
    const length = encoder.encode(unit, slot.result.subarray(filled));
    if (length < 0) slot.result.set(unit, filled);
    slot.units[index] = length < 0 ? unitStored : length;
    filled += length < 0 ? unit.length : length;
  }
  return filled;
}

/** The index of the first byte that differs, -1 for none. */
function firstDifference(first: Uint8Array, second: Uint8Array): number {
  if (Buffer.compare(first, second) === 0) return -1;
  let low = 0;
  let high = first.length;
  // Halving keeps the comparing in native code.
  while (high - low > 64) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(first.subarray(low, middle), second.subarray(low, middle)) === 0) low = middle;
    else high = middle;
  }
  while (first[low] === second[low]) low++;
  return low;
}
