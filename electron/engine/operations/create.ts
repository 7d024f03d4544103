/** create: an empty image of any format, or an overlay over one that is there. */
import { statSync } from 'node:fs';
import type { ConversionResult, CreationRequest } from '#shared/domain/conversion.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { OutputFile } from '../bytes/output-file.ts';
import type { Control } from '../control.ts';
import { MemorySource } from '../bytes/source.ts';
import { Disk } from '../disks/chain.ts';
import { noContent } from '../disks/content-identity.ts';
import { folderGate } from '../disks/gate.ts';
import { diskDriver } from '../disks/registry.ts';
import { openDisk } from '../pipeline/open.ts';
import { allocatedBytes } from './inspect.ts';
import { freeBytesAt, refuseOwnSource } from './target.ts';
import { prepareWork } from './write-disk.ts';

/**
 * Creates the image. Without a size, an overlay is as large as what lies under it.
 * @throws Failure `input.invalid`, `image.*`, `io.*`; nothing is left behind then.
 */
export function createImage(request: CreationRequest, control: Control): ConversionResult {
  const { target, outputPath } = request;
  if (target.wrapper !== undefined) {
    throw new Failure('input.invalid', {
      problem: inEnglish('an empty image is not written compressed: convert one'),
    });
  }
  const capacityBytes = request.capacityBytes ?? backingCapacity(request);
  control.begin('preparing', 0);
  // Nothing is read: an overlay that holds nothing yet shows its backing image.
  const empty = Disk.open(new MemorySource(new Uint8Array(0)), folderGate(outputPath), diskDriver('raw'));
  const work = prepareWork({ path: outputPath }, empty, target, { outputPath, capacityBytes }, control);
  empty.close();
  refuseOwnSource(outputPath, work.backingFiles);
  const { creation, shape, driver } = work.target;
  const { bytes: neededBytes } = creation.outputSize(shape, () => 0);
  const allocated = creation.allocatedSize?.(shape, 0) ?? neededBytes;
  const freeBytes = freeBytesAt(outputPath);
  if (allocated > freeBytes) {
    throw new Failure('io.no-space', { path: outputPath, neededBytes: allocated, freeBytes });
  }
  const output = new OutputFile(outputPath, request.force ?? false, control);
  try {
    creation.writer(output, shape).finish(noContent);
    output.sync();
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
  // A format of several files: all of them.
  const paths = [...output.files.keys()];
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  return {
    path: outputPath,
    format: driver.id,
    variant: shape.variant,
    virtualSizeBytes: shape.capacityBytes,
    fileSizeBytes: sum(paths.map((path) => statSync(path).size)),
    allocatedBytes: sum(paths.map(allocatedBytes)),
    verified: false,
    sha256: null,
  };
}

function backingCapacity({ target }: CreationRequest): number {
  if (target.backing === undefined) {
    throw new Failure('input.invalid', { problem: inEnglish('an image that stands alone needs a size') });
  }
  const disk = openDisk(target.backing);
  try {
    return disk.capacityBytes;
  } finally {
    disk.close();
  }
}
