/** All of a disk's map at once, for disks that are small enough. */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { MapExtent } from '#shared/domain/image.ts';
import type { Control } from '#engine/control.ts';
import { openMap } from '#engine/operations/map.ts';

export interface WholeMap {
  readonly virtualSizeBytes: number;
  readonly extents: readonly MapExtent[];
}

export function mapImage(source: SourceReference, control: Pick<Control, 'throwIfCancelled'>): WholeMap {
  const map = openMap(source, control);
  try {
    return { virtualSizeBytes: map.virtualSizeBytes, extents: [...map.extents] };
  } finally {
    map.close();
  }
}
