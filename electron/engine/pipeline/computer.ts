/** One compute thread's work: reads a chunk of the disk, decodes it, and makes of it what the task asks for. */
import { createHash } from 'node:crypto';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { Span } from '#shared/domain/image.ts';
import { isZero } from '../bytes/zeros.ts';
import type { Disk } from '../disks/chain.ts';
import type { TargetShape, UnitEncoder } from '../disks/driver.ts';
import { diskDriver } from '../disks/registry.ts';
import { ChunkUnits, encodeUnit, encodeUnits, markUnits } from './chunk-units.ts';
import { ChunkContent } from './content.ts';
import { Peeker, storedPieces } from './in-place.ts';
import { openDisk } from './open.ts';
import { unopenedUnits, type UnopenedUnit } from './unopened.ts';
import { slotNumber, unitStored, unitZero, type Slot } from './slots.ts';

/** What is made of each chunk. Plain data: it crosses to the threads. */
export type Task =
  /**
   * The bytes themselves, with each unit told zero or not. With `backing`, units that are the same there are left out. With
   * `inPlace`, chunks that lie in files as they are stay there: they are told zero or not by a look at few of their bytes;
   * `coarse` is for units that need not be told apart as finely as they are.
   */
  | {
      readonly kind: 'read';
      readonly unitBytes: number;
      readonly backing?: SourceReference;
      readonly inPlace?: { readonly coarse: boolean };
    }
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
  /** Taking the results keeps a core busy: one computer less, so that it never waits for its turn. */
  readonly takesCore?: boolean;
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

const comparedPieceBytes = 128 * 1024;

/** Holds the disks open and the buffers from chunk to chunk. Used by one thread. */
export class Computer {
  readonly #plan: ComputerPlan;
  readonly #disk: Disk;
  readonly #second: Disk | null;
  readonly #encoder: UnitEncoder | null;
  /** For tasks whose results are not the chunk's bytes. */
  readonly #buffer: Uint8Array;
  readonly #secondBuffer: Uint8Array;
  readonly #content = new ChunkContent();
  readonly #peeker: Peeker | null;

  constructor(plan: ComputerPlan) {
    this.#plan = plan;
    const { task } = plan;
    this.#disk = openDisk(plan.source);
    const second = secondOf(task);
    this.#second = second === null ? null : openDisk(second);
    this.#encoder = task.kind === 'encode' ? makeEncoder(task) : null;
    this.#peeker =
      task.kind === 'read' && task.inPlace !== undefined
        ? new Peeker(task.unitBytes, task.inPlace.coarse, this.#content)
        : null;
    this.#buffer = new Uint8Array(task.kind === 'read' ? 0 : plan.chunkBytes);
    this.#secondBuffer = new Uint8Array(second === null ? 0 : plan.chunkBytes);
  }

  /** Does the slot's chunk; the number of result bytes. `bytesWanted`: they are to be there, even if the task has `inPlace`. */
  process(slot: Slot, bytesWanted: boolean): number {
    const [start, length] = slot.numbers as unknown as [number, number];
    slot.numbers[slotNumber.inPlace] = 0;
    if (!bytesWanted && this.#leaveInPlace({ start, length }, slot)) return 0;
    const { task } = this.#plan;
    if (task.kind === 'compare') {
      slot.numbers[slotNumber.difference] = this.#compare(start, length);
      return 0;
    }
    const unopened =
      this.#encoder === null || this.#second !== null
        ? null
        : unopenedUnits(this.#disk, { start, length }, this.#encoder, task.unitBytes);
    if (unopened !== null) return this.#passOn({ start, length }, unopened, this.#encoder!, slot);
    const chunk = (task.kind === 'read' ? slot.result : this.#buffer).subarray(0, length);
    readPadded(this.#disk, start, chunk);
    if (this.#plan.digest) slot.digest.set(createHash('sha256').update(chunk).digest());
    let other: Uint8Array | null = null;
    if (this.#second !== null) {
      other = this.#secondBuffer.subarray(0, length);
      readPadded(this.#second, start, other);
    }
    if (task.kind === 'digest') {
      slot.units[0] = isZero(chunk) ? unitZero : unitStored;
      return 0;
    }
    const units = new ChunkUnits(chunk, other, start, task.unitBytes);
    const lengthBytes =
      this.#encoder === null
        ? markUnits(units, this.#content, slot)
        : encodeUnits(units, this.#content, this.#encoder, slot);
    slot.content.set(this.#content.finish());
    return lengthBytes;
  }

  /** Where in the chunk the disks first differ, -1 for nowhere. Piece by piece: both lie in the core's cache when compared. */
  #compare(start: number, length: number): number {
    for (let at = 0; at < length; at += comparedPieceBytes) {
      const piece = this.#buffer.subarray(0, Math.min(comparedPieceBytes, length - at));
      const other = this.#secondBuffer.subarray(0, piece.length);
      readPadded(this.#disk, start + at, piece);
      readPadded(this.#second!, start + at, other);
      const difference = firstDifference(piece, other);
      if (difference >= 0) return at + difference;
    }
    return -1;
  }

  /** Tells the chunk's units without reading all of them, where they can be moved by the kernel; else false. */
  #leaveInPlace(chunk: Span, slot: Slot): boolean {
    const pieces = this.#peeker === null ? null : storedPieces(this.#disk, chunk);
    if (pieces === null) return false;
    this.#peeker!.look(chunk, pieces, slot.units);
    slot.content.set(this.#content.finish());
    slot.numbers[slotNumber.inPlace] = 1;
    return true;
  }

  /**
   * Passes on the units that are stored as they will be, and encodes the others. The chunk has no digest: not all of its bytes
   * are known here, so that it counts as one that is left in place.
   */
  #passOn(
    { start, length }: Span,
    unopened: readonly (UnopenedUnit | undefined)[],
    encoder: UnitEncoder,
    slot: Slot,
  ): number {
    const { unitBytes } = this.#plan.task;
    const chunk = this.#buffer.subarray(0, length);
    const units = new ChunkUnits(chunk, null, start, unitBytes);
    let filled = 0;
    for (let index = 0; index < units.count; index++) {
      const stored = unopened[index];
      if (stored === undefined) {
        readPadded(this.#disk, units.virtualOffset(index), units.bytes(index));
        filled += encodeUnit(units, index, this.#content, encoder, slot, filled);
        continue;
      }
      stored.source.read(stored.fileOffset, slot.result.subarray(filled, filled + stored.lengthBytes));
      slot.units[index] = stored.lengthBytes;
      this.#content.addUnit(units.virtualOffset(index));
      filled += stored.lengthBytes;
    }
    slot.content.set(this.#content.finish());
    slot.numbers[slotNumber.inPlace] = 1;
    return filled;
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

function readPadded(disk: Disk, start: number, into: Uint8Array): void {
  const readable = Math.max(0, Math.min(into.length, disk.capacityBytes - start));
  if (readable > 0) disk.read(start, into.subarray(0, readable));
  into.fill(0, readable);
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
