/** A copy of an image as it is: its file, byte for byte, which is a conversion from raw to raw. */
import { dirname } from 'node:path';
import { realpathSync } from 'node:fs';
import type { ConversionPlan, ConversionRequest, SourceReference } from '#shared/domain/conversion.ts';
import type { Warning } from '#shared/domain/image.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Control } from '../control.ts';
import type { Disk } from '../disks/chain.ts';
import { openDisk, openSource } from '../pipeline/open.ts';

/** What a copy as it is comes to. */
export interface AsIsCopy {
  /** The conversion that it is: the bytes of the file are the disk. */
  readonly request: ConversionRequest;
  readonly format: string;
  readonly variant: string | null;
  /** Of the disk that a guest sees. */
  readonly virtualSizeBytes: number;
  readonly losses: readonly string[];
  readonly warnings: readonly Warning[];
}

type Asked = Pick<ConversionRequest, 'source' | 'target' | 'outputPath' | 'capacityBytes'>;

/**
 * What copying the source of `request` as it is comes to. What lies around the image (a compression, a package) is taken off.
 * @throws Failure `input.invalid` where more is asked for than a copy, and for what would not be whole;
 * `io.*`, `image.*`, `package.*`.
 */
export function asIsCopyOf(request: ConversionRequest, control: Pick<Control, 'throwIfCancelled'>): AsIsCopy {
  refuseChoices(request);
  const { source, capacityBytes: _, ...rest } = request;
  const disk = openDisk(source, control);
  try {
    const { driver, reader } = disk.top;
    refuseSeveralFiles(disk);
    if (disk.layers.length > 1) refuseFarFromParent(request, disk);
    const opened = openSource(source, control);
    opened.source.close();
    const { wrapper } = opened;
    return {
      request: { ...rest, source: bytesOf(source, wrapper), target: { format: 'raw' } },
      format: driver.id,
      variant: reader.variant,
      virtualSizeBytes: disk.capacityBytes,
      losses: wrapper === null ? [] : [`what the image is packed in (${wrapper})`],
      warnings: [...disk.layers.flatMap((layer) => layer.reader.warnings), ...sameIdentity(source, disk)],
    };
  } finally {
    disk.close();
  }
}

/** The plan of the conversion that a copy is, as the plan of the copy. */
export function asIsPlan(
  request: ConversionRequest,
  { format, variant, virtualSizeBytes, losses, warnings }: AsIsCopy,
  plan: ConversionPlan,
): ConversionPlan {
  return {
    ...plan,
    source: request.source,
    sourceFormat: format,
    targetFormat: format,
    targetVariant: variant,
    virtualSizeBytes,
    losses,
    warnings,
  };
}

/** The source as the bytes that its image is stored in. */
function bytesOf({ path, member, part, allowed }: SourceReference, wrapper: string | null): SourceReference {
  return {
    path,
    format: 'raw',
    ...(member === undefined ? {} : { member }),
    ...(part === undefined ? {} : { part }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(wrapper === null || member !== undefined ? {} : { wrapper }),
  };
}

function refuseChoices({ source, target, capacityBytes }: Asked): void {
  const { variant, options = {}, backing, wrapper } = target;
  const isShaped = [variant, backing, wrapper].some((choice) => choice !== undefined);
  if (isShaped || Object.keys(options).length > 0) {
    throw new Failure('input.invalid', {
      problem: inEnglish(
        'a copy as it is changes nothing: a variant, an option, a backing image or a compression takes a format to write',
      ),
    });
  }
  const { snapshot, volume, grown } = source;
  if ([snapshot, volume, grown, capacityBytes].some((choice) => choice !== undefined)) {
    throw new Failure('input.invalid', {
      problem: inEnglish(
        'a copy as it is takes the whole file: a snapshot, a partition or another size takes a format to write',
      ),
    });
  }
}

/** @throws Failure `input.invalid` for an image that names other files for its data: the names in a copy would lead to those. */
function refuseSeveralFiles({ files, layers, top }: Disk): void {
  if (files.length <= layers.length) return;
  throw new Failure('input.invalid', {
    problem: inEnglish(
      'a copy as it is takes one file, and this image lies in {count}: convert it to {id}, which makes one of it',
      { count: files.length, id: top.driver.id },
    ),
  });
}

/** @throws Failure `input.invalid` for an overlay that would not find its parent: names count from the overlay's folder. */
function refuseFarFromParent({ source, outputPath }: Asked, { layers }: Disk): void {
  const isBeside = source.member === undefined && folderOf(source.path) === folderOf(outputPath);
  if (isBeside) return;
  throw new Failure('input.invalid', {
    problem: inEnglish(
      'the image stands over {path}, which a copy in another folder would not find: flatten it, or copy it beside itself',
      { path: layers[1]!.path },
    ),
  });
}

function folderOf(path: string): string {
  const folder = dirname(path);
  try {
    return realpathSync(folder);
  } catch (error) {
    throw systemFailure(error, folder);
  }
}

function sameIdentity(source: SourceReference, { top }: Disk): readonly Warning[] {
  // What is taken out of a package is not beside its own copy.
  if (source.member !== undefined || (top.reader.identity ?? null) === null) return [];
  return [
    {
      code: 'copy.same-identity',
      message: inEnglish(
        'The copy has the identifiers of its source: programs that know disks by them, such as VirtualBox, take only one of the two.',
      ),
    },
  ];
}
