/** Which units of a disk an output would store: found by reading as little as tells it. */
import type { Span } from '#shared/domain/image.ts';
import { isZero } from '../bytes/zeros.ts';
import type { Disk } from '../disks/chain.ts';
import { unitCleared, unitStored, unitZero } from '../pipeline/slots.ts';

/** Most data shows in its first bytes; zeros have to be read to their end. */
const peekBytes = 2048;
const pieceBytes = 65536;

/** Tells units of a source from zeros, and from what a backing image shows in their place. Not shared between threads. */
export class UnitProbe {
  readonly #disk: Disk;
  readonly #backing: Disk | null;
  readonly #piece = new Uint8Array(pieceBytes);
  readonly #below = new Uint8Array(pieceBytes);
  readonly #coarse: boolean;
  /** Where the piece that small units are looked up in begins; -1 for none. */
  #pieceStart = -1;
  #showsData = false;

  /** `coarse`: where the first bytes of a piece show data, its small units are not told apart, as a target that keeps zeros does. */
  constructor(disk: Disk, backing: Disk | null, coarse: boolean) {
    this.#disk = disk;
    this.#backing = backing;
    this.#coarse = coarse && backing === null;
  }

  /** unitZero for what is left out, unitCleared for zeros over bytes of the backing image, else unitStored. */
  stateOf(unit: Span): number {
    return unit.length > pieceBytes / 4 ? this.#stateOfLarge(unit) : this.#stateOfSmall(unit);
  }

  /** Small units are read together: they lie within one piece, as their sizes are powers of two. */
  #stateOfSmall({ start, length }: Span): number {
    const pieceStart = start - (start % pieceBytes);
    if (pieceStart !== this.#pieceStart) {
      this.#pieceStart = -1;
      const peek = this.#piece.subarray(0, peekBytes);
      this.#showsData = this.#coarse && !isZero(readPadded(this.#disk, pieceStart, peek));
      if (!this.#showsData) readPadded(this.#disk, pieceStart, this.#piece);
      if (this.#backing !== null) readPadded(this.#backing, pieceStart, this.#below);
      this.#pieceStart = pieceStart;
    }
    if (this.#showsData) return unitStored;
    const at = start - pieceStart;
    const unit = this.#piece.subarray(at, at + length);
    const isUnitZero = isZero(unit);
    if (this.#backing === null) return isUnitZero ? unitZero : unitStored;
    if (Buffer.compare(unit, this.#below.subarray(at, at + length)) === 0) return unitZero;
    return isUnitZero ? unitCleared : unitStored;
  }

  #stateOfLarge(unit: Span): number {
    this.#pieceStart = -1;
    let isUnitZero = true;
    let isLikeBelow = true;
    const end = unit.start + unit.length;
    for (let at = unit.start; at < end; at += pieceBytes) {
      const lengthBytes = Math.min(pieceBytes, end - at);
      // The first bytes of a piece, then all of it where those did not tell.
      for (const wanted of [Math.min(peekBytes, lengthBytes), lengthBytes]) {
        const piece = readPadded(this.#disk, at, this.#piece.subarray(0, wanted));
        isUnitZero &&= isZero(piece);
        if (this.#backing !== null) {
          const below = readPadded(this.#backing, at, this.#below.subarray(0, wanted));
          isLikeBelow &&= Buffer.compare(piece, below) === 0;
        } else {
          isLikeBelow = isUnitZero;
        }
        if (!isUnitZero && !isLikeBelow) return unitStored;
      }
    }
    return isLikeBelow ? unitZero : unitCleared;
  }
}

/** Fills `into` with the disk's bytes; beyond its end are zeros. */
export function readPadded(disk: Disk, virtualOffset: number, into: Uint8Array): Uint8Array {
  const readable = Math.max(0, Math.min(into.length, disk.capacityBytes - virtualOffset));
  if (readable > 0) disk.read(virtualOffset, into.subarray(0, readable));
  into.fill(0, readable);
  return into;
}

/** A run of units that are alike. */
export interface UnitRun extends Span {
  readonly state: number;
}

/** Ascending runs of units, kept as numbers: a badly fragmented disk has millions. */
export class UnitRuns implements Iterable<UnitRun> {
  #numbers = new Float64Array(3 * 256);
  #used = 0;

  /** Adds what follows; runs that go on alike are one. */
  add(start: number, length: number, state: number): void {
    const last = this.#used - 3;
    const [lastStart, lastLength] = [this.#numbers[last]!, this.#numbers[last + 1]!];
    if (last >= 0 && this.#numbers[last + 2] === state && lastStart + lastLength === start) {
      this.#numbers[last + 1]! += length;
      return;
    }
    if (this.#used === this.#numbers.length) {
      const grown = new Float64Array(this.#numbers.length * 2);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    this.#numbers.set([start, length, state], this.#used);
    this.#used += 3;
  }

  *[Symbol.iterator](): Iterator<UnitRun> {
    for (let at = 0; at < this.#used; at += 3) {
      yield { start: this.#numbers[at]!, length: this.#numbers[at + 1]!, state: this.#numbers[at + 2]! };
    }
  }
}
