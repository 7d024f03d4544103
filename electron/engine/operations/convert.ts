/** convert: a disk in one format becomes the same disk in another, planned first, written beside its name, read back. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { ConversionPlan, ConversionRequest, ConversionResult } from '#shared/domain/conversion.ts';
import type { Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { OutputFile } from '../bytes/sink.ts';
import type { Control } from '../control.ts';
import type { Disk } from '../disks/chain.ts';
import type { DiskWriter } from '../disks/driver.ts';
import { chunkBytesFor, countUnits, cutChunks, dataSpans, SpanList } from '../pipeline/chunks.ts';
import { runPipeline, type ChunkResult } from '../pipeline/coordinator.ts';
import { itemName, openDisk } from '../pipeline/open.ts';
import { unitStored, unitZero } from '../pipeline/slots.ts';
import { allocatedBytes } from './inspect.ts';
import { freeBytesAt, refuseOwnSource, resolveTarget, type Target } from './target.ts';
import { Digests, verifyOutput } from './verify-output.ts';

/** What convert() will do. @throws Failure `io.*`, `image.*`, `input.invalid`. */
export function planConversion(request: ConversionRequest, control: Control): ConversionPlan {
  const disk = openDisk(request.source);
  try {
    return planFor(request, disk, prepare(request, disk, control));
  } finally {
    disk.close();
  }
}

/**
 * Converts, and gives the output its name only when it is complete, synced and (unless `verify` is false) read back.
 * @throws Failure `io.*`, `image.*`, `output.verification-failed`, `operation.cancelled`; nothing is left behind then.
 */
export function convert(request: ConversionRequest, control: Control): ConversionResult {
  const converted = convertBeside(request, control, false);
  converted.output.commit();
  return converted.result();
}

/** An output that is complete but does not have its name yet. */
export interface Converted {
  readonly output: OutputFile;
  /** What became of it; to be asked after commit(). */
  result(): ConversionResult;
}

/** The same without commit(), for those that finish several outputs together. `hash` asks for the SHA-256 of the disk. */
export function convertBeside(request: ConversionRequest, control: Control, hash: boolean): Converted {
  const disk = openDisk(request.source);
  try {
    refuseOwnSource(request.outputPath, [request.source.path, ...disk.layers.map((layer) => layer.path)]);
    control.begin('preparing', 0, itemName(request.source));
    const work = prepare(request, disk, control);
    const plan = planFor(request, disk, work);
    // A compressed output is rarely as large as it could be: only a size that is sure to be needed refuses the start.
    if (!plan.fits && work.sizeIsFirm) {
      const { outputBytes: neededBytes, freeBytes } = plan;
      throw new Failure('io.no-space', { path: request.outputPath, neededBytes, freeBytes });
    }
    const output = new OutputFile(request.outputPath, request.force ?? false, control);
    try {
      const verify = request.verify ?? true;
      const digests = writeDisk(request, work, disk, output, control, verify);
      control.begin('finishing', 0, basename(request.outputPath));
      output.sync();
      let sha256: string | null = null;
      if (digests !== null || hash) {
        const chunkBytes = chunkBytesFor(work.unitBytes);
        sha256 = verifyOutput(output, work.target, disk.capacityBytes, chunkBytes, digests, hash, control);
      }
      return { output, result: () => resultOf(request, work.target, verify, sha256) };
    } catch (error) {
      output.discard();
      throw error;
    }
  } finally {
    disk.close();
  }
}

/** What both the plan and the conversion need to know. */
interface Work {
  readonly target: Target;
  readonly unitBytes: number;
  readonly spans: SpanList;
  /** The size is what the data takes, not a bound for what compression may leave. */
  readonly sizeIsFirm: boolean;
}

function prepare(request: ConversionRequest, disk: Disk, control: Control): Work {
  const target = resolveTarget(request.target, disk.capacityBytes);
  const cancellable = function* (): Iterable<{ start: number; length: number }> {
    for (const span of dataSpans(disk)) {
      control.throwIfCancelled();
      yield span;
    }
  };
  const unitBytes = target.creation.unitBytes(target.shape);
  const spans = new SpanList(cancellable());
  const { exact: sizeIsFirm } = target.creation.outputSize(target.shape, (bytes) => countUnits(spans, bytes));
  return { target, unitBytes, spans, sizeIsFirm };
}

function planFor(request: ConversionRequest, disk: Disk, work: Work): ConversionPlan {
  const { creation, driver, shape } = work.target;
  const unitCount = countUnits(work.spans, work.unitBytes);
  const size = creation.outputSize(shape, (bytes) => countUnits(work.spans, bytes));
  const outputBytes = creation.allocatedSize?.(shape, unitCount) ?? size.bytes;
  const freeBytes = freeBytesAt(request.outputPath);
  const { reader } = disk.top;
  const warnings: Warning[] = disk.layers.flatMap((layer) => layer.reader.warnings);
  if (shape.capacityBytes !== disk.capacityBytes) {
    warnings.push({
      code: 'capacity.rounded',
      message: `${driver.title} cannot hold ${disk.capacityBytes} bytes exactly: the disk grows to ${shape.capacityBytes}.`,
    });
  }
  const losses: string[] = [];
  if (reader.snapshots.length > 0) losses.push(`${reader.snapshots.length} internal snapshots`);
  if (disk.layers.length > 1) {
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
    outputBytes,
    // Stored zeros are left out, and only reading finds them.
    outputIsExact: false,
    freeBytes,
    fits: outputBytes <= freeBytes,
    losses,
    warnings,
  };
}

/** Runs the disk through the target's writer; the digest of each chunk when they are wanted. */
function writeDisk(
  request: ConversionRequest,
  work: Work,
  disk: Disk,
  output: OutputFile,
  control: Control,
  digest: boolean,
): Digests | null {
  const { target, unitBytes, spans } = work;
  const { shape, creation, driver } = target;
  const writer = creation.writer(output, shape);
  const encodes = (creation.encoder?.(shape) ?? null) !== null;
  const chunkBytes = chunkBytesFor(unitBytes);
  const digests = digest ? new Digests() : null;
  const task = encodes
    ? ({ kind: 'encode', unitBytes, format: driver.id, shape } as const)
    : ({ kind: 'read', unitBytes } as const);
  control.begin('converting', spans.dataBytes, itemName(request.source));
  runPipeline(
    { source: request.source, task, digest, chunkBytes, seekable: disk.seekable },
    cutChunks(spans, unitBytes, chunkBytes, disk.capacityBytes),
    spans.dataBytes,
    control,
    (chunk) => {
      if (encodes) writeEncodedUnits(writer, chunk, unitBytes);
      else writePlainRuns(writer, chunk, unitBytes);
      digests?.add(chunk.start, chunk.length, chunk.digest);
    },
  );
  writer.finish();
  return digests;
}

/** Gives the writer the runs of units that are not zero, each in one piece. */
function writePlainRuns(writer: DiskWriter, chunk: ChunkResult, unitBytes: number): void {
  const unitCount = Math.ceil(chunk.length / unitBytes);
  for (let first = 0; first < unitCount;) {
    const state = chunk.units[first];
    let end = first + 1;
    while (end < unitCount && chunk.units[end] === state) end++;
    if (state !== unitZero) {
      const data = chunk.bytes.subarray(first * unitBytes, Math.min(end * unitBytes, chunk.length));
      writer.writePlain!(chunk.start + first * unitBytes, data);
    }
    first = end;
  }
}

function writeEncodedUnits(writer: DiskWriter, chunk: ChunkResult, unitBytes: number): void {
  const unitCount = Math.ceil(chunk.length / unitBytes);
  let at = 0;
  for (let index = 0; index < unitCount; index++) {
    const state = chunk.units[index]!;
    if (state === unitZero) continue;
    const length = state === unitStored ? unitBytes : state;
    writer.writeEncoded!(
      chunk.start + index * unitBytes,
      chunk.bytes.subarray(at, at + length),
      state === unitStored,
    );
    at += length;
  }
}

function resultOf(
  request: ConversionRequest,
  target: Target,
  verified: boolean,
  sha256: string | null,
): ConversionResult {
  return {
    path: request.outputPath,
    format: target.driver.id,
    variant: target.shape.variant,
    virtualSizeBytes: target.shape.capacityBytes,
    fileSizeBytes: statSync(request.outputPath).size,
    allocatedBytes: allocatedBytes(request.outputPath),
    verified,
    sha256,
  };
}
