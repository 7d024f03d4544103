/** Where two disks differ, gathered while they are compared from the first byte to the last, in a room that does not grow with them. */
import type { DifferenceMap, Span } from '#shared/domain/image.ts';

/** As many squares as a window draws. */
const mostCells = 512;
/** A person reads no longer list; the map shows the rest. */
const mostStretches = 200;

export class DifferenceGatherer {
  readonly #cellBytes: number;
  readonly #cells: { compared: number; different: number }[];
  readonly #blockBytes: number;
  readonly #stretches: Span[] = [];
  #stretchCount = 0;
  #comparedBytes = 0;
  #differentBytes = 0;
  /** Where the last block that differs ends. */
  #end = -1;

  /** `blockBytes`: what is compared at once, and told apart. */
  constructor(sizeBytes: number, blockBytes: number) {
    this.#blockBytes = blockBytes;
    // Whole blocks, so that each lies in one part.
    this.#cellBytes = Math.max(1, Math.ceil(sizeBytes / mostCells / blockBytes)) * blockBytes;
    const count = Math.ceil(sizeBytes / this.#cellBytes);
    this.#cells = Array.from({ length: count }, () => ({ compared: 0, different: 0 }));
  }

  /** A block was compared. `difference`: its first byte that differs; negative: none. Blocks come in the disk's order. */
  add(start: number, length: number, difference: number): void {
    const cell = this.#cells[Math.min(this.#cells.length - 1, Math.floor(start / this.#cellBytes))];
    if (cell === undefined) return;
    cell.compared += length;
    this.#comparedBytes += length;
    if (difference < 0) return;
    cell.different += length;
    this.#differentBytes += length;
    if (this.#end !== start) {
      this.#stretchCount += 1;
      // To the byte where it begins, to the block where it ends.
      if (this.#stretchCount <= mostStretches) {
        this.#stretches.push({ start: start + difference, length: length - difference });
      }
    } else if (this.#stretchCount <= mostStretches) {
      const last = this.#stretches.pop()!;
      this.#stretches.push({ start: last.start, length: last.length + length });
    }
    this.#end = start + length;
  }

  get map(): DifferenceMap {
    return {
      blockBytes: this.#blockBytes,
      cellBytes: this.#cellBytes,
      cells: this.#cells,
      comparedBytes: this.#comparedBytes,
      differentBytes: this.#differentBytes,
      stretchCount: this.#stretchCount,
      stretches: this.#stretches,
    };
  }
}
