/** Walking over the grains of a sparse extent: what is absent, zero, stored or deflated, in as few runs as they make. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Extent } from '../driver.ts';
import { grainAbsent, grainZeroed, sectorBytes } from './layout.ts';
import type { GrainTable } from './grain-directory.ts';
import type { SparseExtent } from './sparse-extent.ts';

/** Deflate never doubles its input; a marker and the end of the last sector are small beside that. */
export function maximumEncodedBytes(grainBytes: number): number {
  return 2 * grainBytes + sectorBytes;
}

/**
 * The runs that tile `span` of the virtual disk, where the extent begins at `base` and is `length` bytes long. Lazy: a
 * table is read when the walk gets to it.
 * @throws Failure `image.malformed`, `image.truncated` when it gets to what is not in the file.
 */
export function* walkGrains(
  extent: SparseExtent,
  base: number,
  length: number,
  span: Span,
): Iterable<Extent> {
  const { directory, markerBytes } = extent;
  const { grainBytes } = directory;
  const tableSpan = grainBytes * directory.grainsPerTable;
  const end = span.start + span.length - base;
  let at = span.start - base;
  const run = new Run(extent.source, base, at);
  while (at < end) {
    const index = Math.floor(at / tableSpan);
    const tableStart = index * tableSpan;
    const table = directory.table(index);
    if (table === null) {
      at = Math.min(end, directory.nextTable(index + 1, Math.ceil(end / tableSpan)) * tableSpan);
      const before = run.join('absent', 0, at);
      if (before !== null) yield before;
      continue;
    }
    const tableEnd = Math.min(end, tableStart + tableSpan);
    for (let entry = Math.floor((at - tableStart) / grainBytes); at < tableEnd; entry++) {
      const grainStart = tableStart + entry * grainBytes;
      const stop = Math.min(tableEnd, grainStart + grainBytes);
      const where = table[entry]!;
      let before: Extent | null;
      if (where <= grainZeroed) before = run.join(where === grainAbsent ? 'absent' : 'zero', 0, stop);
      else if (markerBytes === null) {
        requireGrain(extent, where, Math.min(grainBytes, length - grainStart));
        before = run.join('stored', where + (at - grainStart), stop);
      } else {
        before = run.restart(stop);
      }
      if (before !== null) yield before;
      if (where > grainZeroed && markerBytes !== null) {
        const virtual = { start: base + at, length: stop - at };
        yield encodedExtent(extent, table, entry, virtual, base + grainStart);
      }
      at = stop;
    }
  }
  const last = run.restart(at);
  if (last !== null) yield last;
}

/** What lies together, until something else follows. Offsets from the start of the extent. */
class Run {
  readonly #source: ByteSource;
  readonly #base: number;
  #state: 'absent' | 'zero' | 'stored' = 'absent';
  #fileOffset = 0;
  #start: number;
  #end: number;

  constructor(source: ByteSource, base: number, start: number) {
    this.#source = source;
    this.#base = base;
    this.#start = start;
    this.#end = start;
  }

  /** Goes on to `end` with that state (and file offset, where stored); the run before it when it is another one. */
  join(state: 'absent' | 'zero' | 'stored', fileOffset: number, end: number): Extent | null {
    const goesOn =
      state === this.#state &&
      (state !== 'stored' || fileOffset === this.#fileOffset + (this.#end - this.#start));
    if (goesOn) {
      this.#end = end;
      return null;
    }
    const before = this.restart(this.#end);
    this.#state = state;
    this.#fileOffset = fileOffset;
    this.#end = end;
    return before;
  }

  /** Ends the run, if there is one, and begins anew at `start`. */
  restart(start: number): Extent | null {
    const state = this.#state;
    const virtual = { start: this.#base + this.#start, length: this.#end - this.#start };
    this.#start = start;
    this.#end = start;
    this.#state = 'absent';
    if (virtual.length === 0) return null;
    if (state !== 'stored') return { state, ...virtual };
    return { state, ...virtual, source: this.#source, fileOffset: this.#fileOffset };
  }
}

function encodedExtent(
  extent: SparseExtent,
  table: NonNullable<GrainTable>,
  entry: number,
  virtual: Span,
  unitStart: number,
): Extent {
  return {
    state: 'encoded',
    start: virtual.start,
    length: virtual.length,
    source: extent.source,
    fileOffset: table[entry]!,
    encodedBytes: encodedBound(extent, table, entry),
    unit: { start: unitStart, length: extent.directory.grainBytes },
  };
}

function requireGrain(extent: SparseExtent, fileOffset: number, lengthBytes: number): void {
  const { path, sizeBytes } = extent.source;
  const neededBytes = fileOffset + lengthBytes;
  if (neededBytes > sizeBytes) {
    throw new Failure('image.truncated', { path, neededBytes, actualBytes: sizeBytes });
  }
}

/** At most how many bytes the grain's marker and data take: they end where the next grain begins, or with the file. */
function encodedBound(extent: SparseExtent, table: NonNullable<GrainTable>, entry: number): number {
  const where = table[entry]!;
  requireGrain(extent, where, extent.markerBytes! + 1);
  let bound = Math.min(maximumEncodedBytes(extent.directory.grainBytes), extent.source.sizeBytes - where);
  for (let next = entry + 1; next < table.length; next++) {
    const other = table[next]!;
    if (other <= grainZeroed) continue;
    if (other > where) bound = Math.min(bound, other - where);
    break;
  }
  return bound;
}
