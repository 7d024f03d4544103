/** Which clusters of the file hold metadata, so that no guest data and no second table is read from them. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { format } from './layout.ts';

/** A structure that may take several clusters. `start` and `length` in bytes of the file. */
export interface MetadataRange extends Span {
  readonly name: string;
  /** Where the header names it. */
  readonly fileOffset: number;
}

/** The clusters of the header, the L1 table, the refcount table, and of all tables of one cluster each. */
export class MetadataClusters {
  readonly #ranges: readonly MetadataRange[];
  readonly #clusterBytes: number;
  /** The offsets of tables that are one cluster each, ascending. */
  #tables = new Float64Array(0);

  /** @throws Failure `image.malformed` when two of `ranges` overlap. */
  constructor(ranges: readonly MetadataRange[], clusterBytes: number) {
    this.#ranges = ranges;
    this.#clusterBytes = clusterBytes;
    for (const [index, range] of ranges.entries()) {
      const end = range.start + range.length;
      const before = ranges.slice(0, index).find((other) => overlaps(other, range.start, end));
      if (before !== undefined)
        throw shared(range, inEnglish('it lies in the {name}', { name: before.name }));
    }
  }

  /**
   * Adds the L2 tables or refcount blocks at `offsets`, in bytes and in any order; 0 stands for none.
   * @throws Failure `image.malformed` when two structures share a cluster.
   */
  addTables(offsets: Float64Array): void {
    let count = this.#tables.length;
    for (const offset of offsets) if (offset !== 0) count++;
    const tables = new Float64Array(count);
    tables.set(this.#tables);
    let next = this.#tables.length;
    for (const offset of offsets) if (offset !== 0) tables[next++] = offset;
    this.#tables = tables.sort();
    for (const range of this.#ranges) {
      const table = this.#tableIn(range.start, range.start + range.length);
      if (table !== null) throw shared(range, inEnglish('a table at {table} lies in it', { table }));
    }
    for (let index = 1; index < tables.length; index++) {
      if (tables[index] !== tables[index - 1]) continue;
      throw shared(
        { name: 'table of one cluster', fileOffset: tables[index]! },
        inEnglish('two entries point at it'),
      );
    }
  }

  /** What metadata lies in the clusters that `length` bytes from `fileOffset` touch, or null. */
  findIn(fileOffset: number, length: number): string | null {
    const start = fileOffset - (fileOffset % this.#clusterBytes);
    const end = fileOffset + length;
    for (const range of this.#ranges) if (overlaps(range, start, end)) return range.name;
    return this.#tableIn(start, end) === null ? null : 'L2 tables or refcount blocks';
  }

  /** The first table that begins in [start, end), where `start` is the start of a cluster. */
  #tableIn(start: number, end: number): number | null {
    let low = 0;
    let high = this.#tables.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#tables[middle]! < start) low = middle + 1;
      else high = middle;
    }
    const found = this.#tables[low];
    return found !== undefined && found < end ? found : null;
  }
}

function overlaps(range: Span, start: number, end: number): boolean {
  return start < range.start + range.length && end > range.start;
}

function shared(
  structure: { readonly name: string; readonly fileOffset: number },
  problem: Message,
): Failure {
  const { name, fileOffset } = structure;
  return new Failure('image.malformed', { format, structure: name, field: 'offset', fileOffset, problem });
}
