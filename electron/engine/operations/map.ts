/** map: what each part of a disk is, by layer. */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { ImageMap, MapExtent } from '#shared/domain/image.ts';
import type { Control } from '../control.ts';
import type { ChainExtent } from '../disks/chain.ts';
import { openDisk } from '../pipeline/open.ts';

/** The extents that tile the disk, adjacent equal ones joined. @throws Failure `io.*`, `image.*`. */
export function mapImage(source: SourceReference, control: Control): ImageMap {
  const disk = openDisk(source, control);
  try {
    const extents: MapExtent[] = [];
    for (const extent of disk.extents({ start: 0, length: disk.capacityBytes })) {
      control.throwIfCancelled();
      const next = describe(extent);
      const last = extents[extents.length - 1];
      if (last !== undefined && continues(last, next)) {
        extents[extents.length - 1] = { ...last, length: last.length + next.length };
      } else {
        extents.push(next);
      }
    }
    return { virtualSizeBytes: disk.capacityBytes, extents };
  } finally {
    disk.close();
  }
}

function describe(extent: ChainExtent): MapExtent {
  const { start, length, state, depth } = extent;
  // An encoded unit has no byte-for-byte place in the file: its offset would be misread as one.
  return state === 'stored'
    ? { start, length, state, depth, fileOffset: extent.fileOffset }
    : { start, length, state, depth };
}

function continues(last: MapExtent, next: MapExtent): boolean {
  if (last.state !== next.state || last.depth !== next.depth) return false;
  return last.fileOffset === undefined || last.fileOffset + last.length === next.fileOffset;
}
