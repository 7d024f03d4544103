/** measure: how large a disk would be in another format, without writing it. */
import { dirname, join, parse } from 'node:path';
import type { MeasureRequest, Measurement } from '#shared/domain/conversion.ts';
import type { Control } from '../control.ts';
import { diskDriver } from '../disks/registry.ts';
import { itemName, openDisk } from '../pipeline/open.ts';
import { asIsCopyOf } from './copy-as-is.ts';
import { predictSize } from './size-prediction.ts';
import { refuseDataBehind } from './zeros-behind.ts';
import { asIs } from './target.ts';
import { prepareWork } from './write-disk.ts';

/**
 * Looks at all of the disk. Exact where the target is not compressed; else the most it can be, and an estimate.
 * @throws Failure as convert() before its first byte.
 */
export function measureImage(request: MeasureRequest, control: Control): Measurement {
  const { source, target, capacityBytes } = request;
  if (target.format === asIs) return measureCopy(request, control);
  const disk = openDisk(source, control);
  try {
    control.begin('preparing', 0, itemName(source));
    refuseDataBehind(disk, Math.min(capacityBytes ?? disk.capacityBytes, disk.capacityBytes), control);
    const outputPath = request.outputPath ?? outputBeside(source.path, target.format);
    const options = { outputPath, ...(capacityBytes === undefined ? {} : { capacityBytes }) };
    const work = prepareWork(source, disk, target, options, control);
    const { driver, shape } = work.target;
    control.begin('preparing', work.spans.dataBytes, itemName(source));
    return {
      targetFormat: driver.id,
      targetVariant: shape.variant,
      virtualSizeBytes: shape.capacityBytes,
      dataBytes: work.spans.dataBytes,
      ...predictSize(work, disk, null, control),
    };
  } finally {
    disk.close();
  }
}

function measureCopy(request: MeasureRequest, control: Control): Measurement {
  const { outputPath = request.source.path } = request;
  const copy = asIsCopyOf({ ...request, outputPath }, control);
  const measured = measureImage({ ...copy.request, outputPath }, control);
  const { format: targetFormat, virtualSizeBytes } = copy;
  return {
    ...measured,
    targetFormat,
    targetVariant: copy.variant ?? measured.targetVariant,
    virtualSizeBytes,
  };
}

/** The source's path with the extension of the target. */
function outputBeside(sourcePath: string, format: string): string {
  const extension = diskDriver(format).extensions[0] ?? format;
  return join(dirname(sourcePath), `${parse(sourcePath).name}.${extension}`);
}
