/** A map to look at: what each part of a disk is, summed up in as many cells as there is room to draw. */
import type { ExtentState, MapOverview, MapRequest, Span } from '#shared/domain/image.ts';
import type { Control } from '../control.ts';
import type { ChainExtent } from '../disks/chain.ts';
import { openDisk } from '../pipeline/open.ts';

/** No cell is smaller: nothing on a disk is. */
const smallestCellBytes = 512;

/** One cell while it is summed up. */
interface Tally {
  readonly sums: { [State in ExtentState]: number };
  readonly dataByDepth: Map<number, number>;
  /** By layer: where its first stored byte in the cell lies. */
  readonly offsets: Map<number, number>;
}

/**
 * Sums up the span of `request`, clipped to the disk, in at most so many cells of equal length (the last may be shorter).
 * Memory follows the cells and never the extents, of which there may be millions.
 * @throws Failure `io.*`, `image.*`, `operation.cancelled`.
 */
export function overviewOfMap(
  { source, span: asked, cells: mostCells }: MapRequest,
  control: Pick<Control, 'throwIfCancelled'>,
): MapOverview {
  const disk = openDisk(source, control);
  try {
    const span = clipped(asked ?? { start: 0, length: disk.capacityBytes }, disk.capacityBytes);
    const cellBytes = cellLength(span.length, mostCells);
    const count = span.length === 0 ? 0 : Math.ceil(span.length / cellBytes);
    const tallies = Array.from({ length: count }, emptyTally);
    for (const extent of disk.extents(span)) {
      control.throwIfCancelled();
      addExtent(tallies, extent, span.start, cellBytes);
    }
    const whole = emptyTally();
    for (const tally of tallies) addTally(whole, tally);
    return {
      virtualSizeBytes: disk.capacityBytes,
      span,
      sums: whole.sums,
      layers: disk.layers.map(({ path, driver, reader }, depth) => ({
        path,
        format: driver.id,
        virtualSizeBytes: reader.capacityBytes,
        dataBytes: whole.dataByDepth.get(depth) ?? 0,
      })),
      cells: tallies.map(({ sums, dataByDepth, offsets }, index) => {
        const start = span.start + index * cellBytes;
        const depth = fullestLayer(dataByDepth);
        return {
          start,
          length: Math.min(cellBytes, span.start + span.length - start),
          sums,
          depth,
          fileOffset: depth === null ? null : (offsets.get(depth) ?? null),
        };
      }),
    };
  } finally {
    disk.close();
  }
}

function clipped({ start, length }: Span, capacityBytes: number): Span {
  const from = Math.min(start, capacityBytes);
  return { start: from, length: Math.min(length, capacityBytes - from) };
}

function cellLength(lengthBytes: number, mostCells: number): number {
  return Math.max(1, Math.ceil(lengthBytes / mostCells / smallestCellBytes)) * smallestCellBytes;
}

function emptyTally(): Tally {
  return {
    sums: { stored: 0, encoded: 0, zero: 0, absent: 0 },
    dataByDepth: new Map(),
    offsets: new Map(),
  };
}

function addExtent(tallies: readonly Tally[], extent: ChainExtent, origin: number, cellBytes: number): void {
  const { start, length, state, depth } = extent;
  const end = start + length;
  for (let at = start; at < end;) {
    const index = Math.floor((at - origin) / cellBytes);
    const tally = tallies[index]!;
    const until = Math.min(end, origin + (index + 1) * cellBytes);
    tally.sums[state] += until - at;
    if (state === 'stored' || state === 'encoded') {
      tally.dataByDepth.set(depth, (tally.dataByDepth.get(depth) ?? 0) + until - at);
    }
    if (extent.state === 'stored' && !tally.offsets.has(depth)) {
      tally.offsets.set(depth, extent.fileOffset + at - start);
    }
    at = until;
  }
}

function addTally(whole: Tally, { sums, dataByDepth }: Tally): void {
  for (const state of Object.keys(sums) as ExtentState[]) whole.sums[state] += sums[state];
  for (const [depth, bytes] of dataByDepth) {
    whole.dataByDepth.set(depth, (whole.dataByDepth.get(depth) ?? 0) + bytes);
  }
}

function fullestLayer(dataByDepth: ReadonlyMap<number, number>): number | null {
  let fullest: number | null = null;
  for (const [depth, bytes] of dataByDepth) {
    if (fullest === null || bytes > dataByDepth.get(fullest)!) fullest = depth;
  }
  return fullest;
}
