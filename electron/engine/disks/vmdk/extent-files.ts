/** The files of a disk of several, as VMware cuts and names them. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { OutputSize, TargetShape } from '../driver.ts';
import { maximumExtents, sectorBytes, unsupported } from './layout.ts';
import { grainBytes } from './new-extent.ts';
import { sparseExtentAllocation, sparseExtentBytes } from './sparse-extent-writer.ts';

/** 2047 MiB: what VMware puts into one file of a disk that must live on any file system. */
const splitExtentBytes = 4192256 * sectorBytes;

/** Fine enough to keep small holes, and the block of most file systems. */
const holeBytes = 4096;

/** Room for the descriptor in a plan: what it says of the disk, and one line for each extent. */
const descriptorBlockBytes = 4096;
const descriptorTextBytes = 1024;
const extentLineBytes = 64;

export function isFlat(variant: string): boolean {
  return variant === 'monolithicFlat' || variant === 'twoGbMaxExtentFlat';
}

export function hasExtentFiles(variant: string): boolean {
  return isFlat(variant) || variant === 'twoGbMaxExtentSparse';
}

export function isPreallocated({ variant, options }: Pick<TargetShape, 'variant' | 'options'>): boolean {
  return isFlat(variant) && options['preallocated'] === true;
}

/** The unit of allocation. */
export function unitBytesOf(variant: string): number {
  return isFlat(variant) ? holeBytes : grainBytes;
}

/** The lengths of the extents in bytes, all but the last the same. @throws Failure `image.unsupported` when they are too many. */
export function extentFiles({
  variant,
  capacityBytes,
}: Pick<TargetShape, 'variant' | 'capacityBytes'>): number[] {
  if (variant === 'monolithicFlat') return [capacityBytes];
  const count = Math.ceil(capacityBytes / splitExtentBytes);
  if (count > maximumExtents)
    throw unsupported(inEnglish('disks in more than {maximumExtents} files', { maximumExtents }));
  return Array.from({ length: count }, (_, index) =>
    Math.min(splitExtentBytes, capacityBytes - index * splitExtentBytes),
  );
}

/**
 * The names of the extents of a disk whose descriptor is called `descriptorName`: `disk-flat.vmdk`, `disk-s001.vmdk`,
 * `disk-f001.vmdk`.
 * @throws Failure `input.invalid` when a descriptor cannot hold such a name, or a reader would refuse it.
 */
export function extentNames({ variant }: TargetShape, descriptorName: string, count: number): string[] {
  if (/["\u0000-\u001f\u007f:]/.test(descriptorName)) {
    throw new Failure('input.invalid', {
      problem: inEnglish(
        'a VMDK of several files cannot be called {descriptorName}: it names its files, and cannot name these',
        { descriptorName },
      ),
    });
  }
  const stem = descriptorName.replace(/(?<=.)\.[^.]*$/, '');
  if (variant === 'monolithicFlat') return [`${stem}-flat.vmdk`];
  const letter = isFlat(variant) ? 'f' : 's';
  return Array.from(
    { length: count },
    (_, index) => `${stem}-${letter}${String(index + 1).padStart(3, '0')}.vmdk`,
  );
}

/** The size of all files together; the descriptor counts as the blocks it takes, since its length is that of the names. */
export function extentFilesSize(shape: TargetShape, unitCount: number): OutputSize {
  const extents = extentFiles(shape);
  const bytes = isFlat(shape.variant)
    ? shape.capacityBytes
    : extents.reduce((sum, length) => sum + sparseExtentBytes(length, 0, false), 0) + unitCount * grainBytes;
  return { bytes: bytes + descriptorRoom(extents.length), exact: true };
}

/** The most that all files together occupy. */
export function extentFilesAllocation(shape: TargetShape, unitCount: number): number {
  const { variant, capacityBytes } = shape;
  const extents = extentFiles(shape);
  const room = descriptorRoom(extents.length);
  if (isPreallocated(shape)) return room + capacityBytes;
  if (isFlat(variant)) return room + Math.min(capacityBytes, unitCount * holeBytes);
  // The whole disk's tables and grains are as many as those of its extents.
  const first = sparseExtentAllocation(capacityBytes, unitCount, false);
  const others = extents.slice(1).reduce((sum, length) => sum + sparseExtentAllocation(length, 0, false), 0);
  return Math.min(room + first + others, extentFilesSize(shape, unitCount).bytes);
}

function descriptorRoom(extentCount: number): number {
  const bytes = descriptorTextBytes + extentCount * extentLineBytes;
  return Math.ceil(bytes / descriptorBlockBytes) * descriptorBlockBytes;
}
