/** The cylinders, heads and sectors of a disk (VHD 1.0, appendix "CHS Calculation"). */
import { maximumGeometry, sectorBytes } from './layout.ts';

export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

/** The geometry of a disk; its product may be smaller than the disk. */
export function geometryFor(capacityBytes: number): Geometry {
  const { cylinders, heads, sectorsPerTrack } = maximumGeometry;
  const sectors = Math.min(Math.ceil(capacityBytes / sectorBytes), cylinders * heads * sectorsPerTrack);
  if (sectors >= 65535 * 16 * 63) return withTrack(sectors, 255, 16);
  const small = Math.floor(sectors / 17);
  const smallHeads = Math.max(4, Math.ceil(small / 1024));
  if (small < smallHeads * 1024 && smallHeads <= 16) return withTrack(sectors, 17, smallHeads);
  return Math.floor(sectors / 31) < 16 * 1024 ? withTrack(sectors, 31, 16) : withTrack(sectors, 63, 16);
}

function withTrack(sectors: number, sectorsPerTrack: number, heads: number): Geometry {
  return { cylinders: Math.floor(Math.floor(sectors / sectorsPerTrack) / heads), heads, sectorsPerTrack };
}
