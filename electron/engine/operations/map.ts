/** map: what each part of a disk is, by layer. */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { MapExtent } from '#shared/domain/image.ts';
import type { Control } from '../control.ts';
import type { ChainExtent, Disk } from '../disks/chain.ts';
import { openDisk } from '../pipeline/open.ts';

/** A map that is found while it is read: of a disk with millions of extents none is kept. Close it in the end. */
export interface OpenMap {
  readonly virtualSizeBytes: number;
  /** The extents that tile the disk, adjacent equal ones joined. @throws Failure `io.*`, `image.*`, `operation.cancelled`. */
  readonly extents: Iterable<MapExtent>;
  close(): void;
}

/** @throws Failure `io.*`, `image.*`. */
export function openMap(source: SourceReference, control: Pick<Control, 'throwIfCancelled'>): OpenMap {
  const disk = openDisk(source, control);
  return {
    virtualSizeBytes: disk.capacityBytes,
    extents: joinedExtents(disk, control),
    close: () => disk.close(),
  };
}

function* joinedExtents(disk: Disk, control: Pick<Control, 'throwIfCancelled'>): Iterable<MapExtent> {
  let last: MapExtent | null = null;
  let length = 0;
  for (const extent of disk.extents({ start: 0, length: disk.capacityBytes })) {
    control.throwIfCancelled();
    if (last !== null && continues(last, length, extent)) {
      length += extent.length;
      continue;
    }
    if (last !== null) yield { ...last, length };
    last = describe(extent);
    length = extent.length;
  }
  if (last !== null) yield { ...last, length };
}

function describe(extent: ChainExtent): MapExtent {
  const { start, length, state, depth } = extent;
  // An encoded unit has no byte-for-byte place in the file: its offset would be misread as one.
  return state === 'stored'
    ? { start, length, state, depth, fileOffset: extent.fileOffset }
    : { start, length, state, depth };
}

/** Whether `next` goes on like `last`, which is `length` bytes long by now. */
function continues(last: MapExtent, length: number, next: ChainExtent): boolean {
  if (last.state !== next.state || last.depth !== next.depth) return false;
  return next.state !== 'stored' || last.fileOffset! + length === next.fileOffset;
}
