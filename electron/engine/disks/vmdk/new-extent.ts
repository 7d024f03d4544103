/** What the extents that we write have in common: grain size, tables, and where they are. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { sectorBytes, unsupported } from './layout.ts';
import { descriptorOffsetSectors, descriptorSectors } from './new-descriptor.ts';

/** What VMware, VirtualBox and qemu write, and VMware demands of hosted disks. */
export const grainSectors = 128;
export const grainBytes = grainSectors * sectorBytes;
export const tableEntries = 512;
export const tableSectors = (tableEntries * 4) / sectorBytes;
/** What one grain table covers. */
export const tableSpanBytes = grainBytes * tableEntries;

/** VMware's largest virtual disk. */
export const maximumCapacityBytes = 62 * 2 ** 40;

/** Tables point at sectors with 32 bits: 2 TiB of file. */
const maximumFileSectors = 2 ** 32;

/** Where the structures of a plain sparse extent are, in sectors: header, descriptor, both directories with all their tables, grains. */
export interface SparseLayout {
  readonly tableCount: number;
  readonly directorySectors: number;
  readonly rgdOffset: number;
  readonly gdOffset: number;
  readonly overHead: number;
}

/**
 * The layout for that capacity, as VMware and qemu have it; a part of a split disk has no descriptor, and its tables
 * follow the header.
 */
export function sparseLayout(capacityBytes: number, withDescriptor = true): SparseLayout {
  const tableCount = Math.ceil(capacityBytes / tableSpanBytes);
  const directorySectors = Math.ceil((tableCount * 4) / sectorBytes);
  const copySectors = directorySectors + tableCount * tableSectors;
  const rgdOffset = descriptorOffsetSectors + (withDescriptor ? descriptorSectors : 0);
  const gdOffset = rgdOffset + copySectors;
  const overHead = Math.ceil((gdOffset + copySectors) / grainSectors) * grainSectors;
  return { tableCount, directorySectors, rgdOffset, gdOffset, overHead };
}

/** Throws `image.unsupported` when a grain at that sector could not be pointed at. */
export function requireReachable(sector: number): void {
  if (sector >= maximumFileSectors) throw unsupported(inEnglish('more than 2 TiB of data in one file'));
}

/** Throws unless the units come in ascending order, whole and within the capacity: the contract of writers. */
export function requireNextUnit(
  virtualOffset: number,
  lengthBytes: number,
  previousEnd: number,
  capacityBytes: number,
  unitBytes = grainBytes,
): void {
  const end = virtualOffset + lengthBytes;
  const whole = virtualOffset % unitBytes === 0 && (lengthBytes % unitBytes === 0 || end === capacityBytes);
  if (!whole || virtualOffset < previousEnd || lengthBytes <= 0 || end > capacityBytes) {
    throw new Failure('internal', {
      problem: inEnglish('{lengthBytes} bytes at {virtualOffset} are not the next units', {
        lengthBytes,
        virtualOffset,
      }),
    });
  }
}
