/** Walking over the grains of a sparse extent: what is absent, zero, stored or deflated, in as few runs as they make. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
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
  const { directory, source } = extent;
  const { grainBytes } = directory;
  const tableSpan = grainBytes * directory.grainsPerTable;
  const end = span.start + span.length - base;
  let at = span.start - base;
  /** The run that is being joined: its state and file offset, and where it begins. */
  let state: 'absent' | 'zero' | 'stored' = 'absent';
  let start = at;
  let offset = 0;
  const run = (): Extent => {
    const virtual = { start: base + start, length: at - start };
    if (state === 'stored') return { state, ...virtual, source, fileOffset: offset };
    return { state, ...virtual };
  };
  while (at < end) {
    const index = Math.floor(at / tableSpan);
    const table = directory.table(index);
    if (table === null) {
      if (state !== 'absent') {
        if (at > start) yield run();
        state = 'absent';
        start = at;
      }
      at = Math.min(end, directory.nextTable(index + 1) * tableSpan);
      continue;
    }
    const tableStart = index * tableSpan;
    const tableEnd = Math.min(end, tableStart + tableSpan);
    for (let entry = Math.floor((at - tableStart) / grainBytes); at < tableEnd; entry++) {
      const grainStart = tableStart + entry * grainBytes;
      const stop = Math.min(tableEnd, grainStart + grainBytes);
      const where = table[entry]!;
      if (where === grainAbsent || where === grainZeroed) {
        const wanted = where === grainAbsent ? 'absent' : 'zero';
        if (state !== wanted) {
          if (at > start) yield run();
          state = wanted;
          start = at;
        }
        at = stop;
        continue;
      }
      if (extent.markerBytes !== null) {
        if (at > start) yield run();
        const encodedBytes = encodedBound(extent, table, entry);
        const unit = { start: base + grainStart, length: grainBytes };
        yield {
          state: 'encoded',
          start: base + at,
          length: stop - at,
          source,
          fileOffset: where,
          encodedBytes,
          unit,
        };
        at = stop;
        start = at;
        continue;
      }
      requireGrain(extent, where, Math.min(grainBytes, length - grainStart));
      const fileOffset = where + (at - grainStart);
      if (state !== 'stored' || offset + (at - start) !== fileOffset) {
        if (at > start) yield run();
        state = 'stored';
        start = at;
        offset = fileOffset;
      }
      at = stop;
    }
  }
  if (at > start) yield run();
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
