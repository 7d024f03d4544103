/** convert: a disk in one format becomes the same disk in another, planned first, written beside its name, read back. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type {
  ConversionPlan,
  ConversionRequest,
  ConversionResult,
  SizePrediction,
  SourceReference,
} from '#shared/domain/conversion.ts';
import type { Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { deflateCodec } from '../bytes/libdeflate.ts';
import type { OutputFile } from '../bytes/output-file.ts';
import type { Control } from '../control.ts';
import type { Disk } from '../disks/chain.ts';
import { itemName, openDisk } from '../pipeline/open.ts';
import { asIsCopyOf, asIsPlan } from './copy-as-is.ts';
import { hashImage } from './hash.ts';
import { allocatedBytes } from './inspect.ts';
import { refuseDataBehind } from './zeros-behind.ts';
import { asIs, freeBytesAt, refuseOwnSource, type Target } from './target.ts';
import { canGoOnAfter, leaveOutput, openOutput, type OpenedOutput } from './resumable-output.ts';
import { isCompressed, largestSize, predictSize } from './size-prediction.ts';
import { standInsOf, verifyOutput } from './verify-output.ts';
import { chunksOf, prepareWork, writeDisk, type DiskWork } from './write-disk.ts';

/** How long a plan may look at the data: a person waits for it. */
export const planningMilliseconds = 300;

/**
 * What convert() will do. The output's size is predicted as well as `budgetMilliseconds` allow.
 * @throws Failure `io.*`, `image.*`, `input.invalid`.
 */
export function planConversion(
  request: ConversionRequest,
  control: Control,
  budgetMilliseconds = planningMilliseconds,
): ConversionPlan {
  if (request.target.format === asIs) {
    const copy = asIsCopyOf(request, control);
    return asIsPlan(request, copy, planConversion(copy.request, control, budgetMilliseconds));
  }
  const disk = openDisk(request.source, control);
  try {
    const work = prepareWork(request.source, disk, request.target, request, control);
    const quiet = { throwIfCancelled: () => control.throwIfCancelled(), advance: () => {} };
    // A stream has to be read from its start to look at any of it.
    const size = disk.seekable ? predictSize(work, disk, budgetMilliseconds, quiet) : largestSize(work);
    return planFor(request, disk, work, size);
  } finally {
    disk.close();
  }
}

/**
 * Converts, and gives the output its name only when it is complete, synced and (unless `verify` is false) read back.
 * `replacesSource` lets the output take the source's place, once it is complete.
 * @throws Failure `io.*`, `image.*`, `output.verification-failed`, `operation.cancelled`; nothing is left behind then but
 * what the control's journal says can be gone on with.
 */
export function convert(
  request: ConversionRequest,
  control: Control,
  replacesSource = false,
): ConversionResult {
  try {
    const converted = convertBeside(request, control, { replacesSource });
    converted.output.commit();
    return converted.result();
  } catch (error) {
    if (!canGoOnAfter(error)) control.journal?.clear();
    throw error;
  }
}

/** An output that is complete but does not have its name yet. */
export interface Converted {
  readonly output: OutputFile;
  /** Of the disk, where it was asked for. */
  readonly sha256: string | null;
  readonly virtualSizeBytes: number;
  /** What became of it; to be asked after commit(). */
  result(): ConversionResult;
}

export interface ConvertOptions {
  /** Wants the SHA-256 of the disk. */
  readonly hash?: boolean;
  readonly replacesSource?: boolean;
  /** How much work will follow when this is done. */
  readonly laterBytes?: number;
}

/** The same without commit(), for those that finish several outputs together. */
export function convertBeside(
  request: ConversionRequest,
  control: Control,
  options: ConvertOptions = {},
): Converted {
  const { hash = false, replacesSource = false, laterBytes = 0 } = options;
  if (request.target.format === asIs) return copyBeside(request, control, options);
  const disk = openDisk(request.source, control);
  try {
    control.begin('preparing', 0, itemName(request.source));
    control.note({ kind: 'deflate', codec: deflateCodec() });
    refuseDataBehind(disk, capacityOf(request, disk), control);
    const work = prepareWork(request.source, disk, request.target, request, control);
    const sources = [request.source.path, ...disk.files, ...work.backingFiles];
    if (!replacesSource) refuseOwnSource(request.outputPath, sources);
    const makings = { sources, chunks: () => chunksOf(work), onePass: work.wrapper !== null };
    const opened = openOutput(request, makings, control);
    const { output, past } = opened;
    const verify = request.verify ?? true;
    try {
      if (past === null) requireRoom(request.outputPath, work, disk, control);
      const ahead = { readBack: verify || hash, hash, laterBytes };
      const sha256 =
        past?.stage === 'proved'
          ? (past.sha256 ?? (hash ? hashImage(writtenSource(output, work), control).sha256 : null))
          : makeOutput(opened, request, disk, work, ahead, control);
      // A format of several files has named them by now.
      if (!replacesSource) for (const path of output.files.keys()) refuseOwnSource(path, sources);
      const { capacityBytes: virtualSizeBytes } = work.target.shape;
      const result = () => resultOf(request, output, work.target, verify, sha256);
      return { output, sha256, virtualSizeBytes, result };
    } catch (error) {
      leaveOutput(opened, error);
      throw error;
    }
  } finally {
    disk.close();
  }
}

/** The bytes of the image's file as they are; the hash is that of the disk they hold. */
function copyBeside(
  request: ConversionRequest,
  control: Control,
  { hash = false, laterBytes = 0, ...options }: ConvertOptions,
): Converted {
  const copy = asIsCopyOf(request, control);
  const { format, variant, virtualSizeBytes } = copy;
  const laterWork = laterBytes + (hash ? virtualSizeBytes : 0);
  const converted = convertBeside(copy.request, control, { ...options, laterBytes: laterWork });
  const { output } = converted;
  try {
    const { passphrase } = request.source;
    const image = { path: output.partialPath, format, ...(passphrase === undefined ? {} : { passphrase }) };
    const sha256 = hash ? hashImage(image, control).sha256 : null;
    const result = (): ConversionResult => ({
      ...converted.result(),
      format,
      variant,
      virtualSizeBytes,
      sha256,
    });
    return { output, sha256, virtualSizeBytes, result };
  } catch (error) {
    if (control.journal !== null && canGoOnAfter(error)) output.close();
    else output.discard();
    throw error;
  }
}

/** Writes all of the output and reads it back; the SHA-256 of the disk when `hash` asks for it. */
function makeOutput(
  { output, journal, past }: OpenedOutput,
  request: ConversionRequest,
  disk: Disk,
  work: DiskWork,
  { readBack, hash, laterBytes }: { readBack: boolean; hash: boolean; laterBytes: number },
  control: Control,
): string | null {
  const capacityBytes = capacityOf(request, disk);
  const readBackBytes = hash ? capacityBytes : readBack ? work.spans.dataBytes : 0;
  control.expect(work.spans.dataBytes + readBackBytes + laterBytes);
  const resuming = journal === null ? null : { journal, output, past };
  const verify = request.verify ?? true;
  const item = itemName(request.source);
  const written = writeDisk(work, disk, output, item, { verify, readAll: hash }, control, resuming);
  control.begin('finishing', 0, basename(request.outputPath));
  if (request.sync ?? true) output.sync();
  let sha256: string | null = null;
  if (readBack) {
    const reading = { source: writtenSource(output, work), name: output.finalPath };
    const { chunkBytes } = work;
    const expected = { source: request.source, capacityBytes, written, chunkBytes };
    sha256 = verifyOutput(reading, expected, hash, control);
  }
  journal?.prove(sha256);
  return sha256;
}

/** Where an output is read back from, with or without its name. */
function writtenSource(output: OutputFile, work: DiskWork): SourceReference {
  const { backing, target } = work;
  return {
    path: output.files.get(output.finalPath)!,
    format: target.driver.id,
    standIns: standInsOf(output),
    ...(work.wrapper === null ? {} : { wrapper: work.wrapper.id }),
    ...(backing === null
      ? {}
      : {
          allowed: [backing.path, ...(backing.allowed ?? [])],
          ...(backing.passphrase === undefined ? {} : { passphrase: backing.passphrase }),
        }),
  };
}

/** What of the source the output shows: all of it, unless another size was asked for. */
function capacityOf(request: ConversionRequest, disk: Disk): number {
  return Math.min(request.capacityBytes ?? disk.capacityBytes, disk.capacityBytes);
}

/**
 * Only a size that is sure to be needed refuses the start: a compressed output is rarely as large as it could be. The disk
 * is looked at only where the room may not do. @throws Failure `io.no-space`.
 */
function requireRoom(outputPath: string, work: DiskWork, disk: Disk, control: Control): void {
  const freeBytes = freeBytesAt(outputPath);
  if (isCompressed(work) || !disk.seekable || largestSize(work).outputBytes <= freeBytes) return;
  // Where the source has holes within a unit, the copy has them too.
  const neededBytes = Math.min(predictSize(work, disk, null, control).outputBytes, work.spans.dataBytes);
  if (neededBytes > freeBytes) throw new Failure('io.no-space', { path: outputPath, neededBytes, freeBytes });
}

function planFor(
  request: ConversionRequest,
  disk: Disk,
  work: DiskWork,
  size: SizePrediction,
): ConversionPlan {
  const { driver, shape } = work.target;
  const freeBytes = freeBytesAt(request.outputPath);
  const { reader } = disk.top;
  const warnings: Warning[] = disk.layers.flatMap((layer) => layer.reader.warnings);
  const wantedBytes = request.capacityBytes ?? disk.capacityBytes;
  if (shape.capacityBytes !== wantedBytes) {
    warnings.push({
      code: 'capacity.rounded',
      message: inEnglish(
        '{title} cannot hold {wantedBytes} bytes exactly: the disk grows to {capacityBytes}.',
        { title: driver.title, wantedBytes, capacityBytes: shape.capacityBytes },
      ),
    });
  }
  const losses: string[] = [];
  const snapshotCount = reader.snapshots.length;
  if (snapshotCount > 0) losses.push(`${snapshotCount} internal snapshot${snapshotCount === 1 ? '' : 's'}`);
  if (disk.layers.length > 1 && work.backing === null) {
    losses.push(`the chain of ${disk.layers.length} images: the output stands alone`);
  }
  return {
    source: request.source,
    sourceFormat: disk.top.driver.id,
    outputPath: request.outputPath,
    targetFormat: driver.id,
    targetVariant: shape.variant,
    virtualSizeBytes: shape.capacityBytes,
    dataBytes: work.spans.dataBytes,
    ...size,
    freeBytes,
    // What is not sure to be needed does not refuse a start.
    fits: (size.outputIsExact ? size.outputBytes : size.expectedBytes) <= freeBytes,
    losses,
    warnings,
  };
}

function resultOf(
  request: ConversionRequest,
  output: OutputFile,
  target: Target,
  verified: boolean,
  sha256: string | null,
): ConversionResult {
  const paths = [...output.files.keys()];
  return {
    path: request.outputPath,
    format: target.driver.id,
    variant: target.shape.variant,
    virtualSizeBytes: target.shape.capacityBytes,
    fileSizeBytes: sum(paths.map((path) => statSync(path).size)),
    allocatedBytes: sum(paths.map(allocatedBytes)),
    verified,
    sha256,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
