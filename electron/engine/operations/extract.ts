/** extract: the disks of a package become files of their own, straight out of the archive, all of them or none. */
import { statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type {
  ConversionPlan,
  ConversionRequest,
  ConversionResult,
  ExtractionPlan,
  ExtractionRequest,
  ExtractionResult,
  SourceReference,
} from '#shared/domain/conversion.ts';
import type { PackageDisk } from '#shared/domain/package.ts';
import { Failure } from '#shared/failure.ts';
import { commitTogether, type OutputFile } from '../bytes/sink.ts';
import { FileSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import { itemName, openDisk, openPackageAt, openSource } from '../pipeline/open.ts';
import { copySource } from './copy-source.ts';
import { convertBeside, planConversion, planningMilliseconds, type Converted } from './convert.ts';
import { canGoOnAfter, leaveOutput, openOutput } from './resumable-output.ts';
import { hashImage } from './hash.ts';
import { allocatedBytes } from './inspect.ts';
import { asIs, freeBytesAt } from './target.ts';
import { diskDriver } from '../disks/registry.ts';

/** One disk to extract, with every choice made. */
interface Item {
  readonly disk: string;
  readonly request: ConversionRequest;
  /** Roughly how much there is to read and to read back. */
  readonly workBytes: number;
}

/** What extract() will do. @throws Failure `io.*`, `package.*`, `image.*`, `input.invalid`. */
export function planExtraction(request: ExtractionRequest, control: Control): ExtractionPlan {
  const items = itemsOf(request);
  // A person waits for the answer: all disks together get the time of one.
  const budget = planningMilliseconds / items.length;
  const disks = items.map((item) => ({
    name: item.disk,
    ...(item.request.target.format === asIs
      ? planCopy(item.request)
      : planConversion(item.request, control, budget)),
  }));
  const outputBytes = disks.reduce((sum, disk) => sum + disk.outputBytes, 0);
  const expectedBytes = disks.reduce((sum, disk) => sum + disk.expectedBytes, 0);
  const freeBytes = freeBytesAt(join(request.outputFolder, 'x'));
  return {
    outputFolder: request.outputFolder,
    freeBytes,
    fits: expectedBytes <= freeBytes,
    outputBytes,
    expectedBytes,
    disks,
  };
}

/**
 * Extracts. The files get their names together, at the end; the SHA-256 of each is that of the disk, as `hash` says it.
 * @throws Failure `io.*`, `package.*`, `image.*`, `operation.cancelled`; nothing is left behind then but what the control's
 * journal says can be gone on with.
 */
export function extract(request: ExtractionRequest, control: Control): ExtractionResult {
  const items = itemsOf(request);
  const done: (Converted & { disk: string })[] = [];
  try {
    for (const [index, item] of items.entries()) {
      const laterBytes = sum(items.slice(index + 1).map(({ workBytes }) => workBytes));
      const { target } = item.request;
      const converted =
        target.format === asIs
          ? copyBeside(item.request, control, laterBytes)
          : convertBeside(item.request, control, { hash: true, laterBytes });
      done.push({ ...converted, disk: item.disk });
    }
    commitTogether(done.map(({ output }) => output));
    return { files: done.map(({ result, disk }) => ({ ...result(), disk })) };
  } catch (error) {
    if (control.journal !== null && canGoOnAfter(error)) {
      for (const { output } of done) output.close();
    } else {
      for (const { output } of done) output.discard();
      control.journal?.clear();
    }
    throw error;
  }
}

function itemsOf(request: ExtractionRequest): Item[] {
  const container = openPackageAt(request.packagePath);
  let disks: readonly PackageDisk[];
  try {
    // A disk that two systems share is listed with both.
    const all = container.info.systems.flatMap((system) => system.disks);
    disks = [...new Map(all.map((disk) => [disk.name, disk])).values()];
  } finally {
    container.close();
  }
  const wanted: ExtractionRequest['disks'] =
    request.disks.length > 0
      ? request.disks
      : disks.filter((disk) => disk.file !== null).map(({ name }) => ({ name, target: { format: 'qcow2' } }));
  const taken = new Set<string>();
  return wanted.map(({ name, target, fileName }) => {
    const disk = findDisk(disks, name);
    const source = { path: request.packagePath, member: disk.file! };
    requireParent(disk, source, target.format);
    const outputPath = join(request.outputFolder, fileName ?? outputName(disk, target.format));
    if (taken.has(outputPath)) {
      throw new Failure('input.invalid', { problem: `two disks would become ${basename(outputPath)}` });
    }
    taken.add(outputPath);
    return {
      disk: name,
      workBytes: (disk.sizeInPackageBytes ?? 0) + (disk.virtualSizeBytes ?? 0),
      request: {
        source,
        outputPath,
        target,
        ...(request.force === undefined ? {} : { force: request.force }),
        ...(request.verify === undefined ? {} : { verify: request.verify }),
        ...(request.sync === undefined ? {} : { sync: request.sync }),
      },
    };
  });
}

function findDisk(disks: readonly PackageDisk[], name: string): PackageDisk {
  const disk = disks.find((candidate) => candidate.name === name) ?? disks.find(({ file }) => file === name);
  if (disk === undefined) {
    const known = disks.map((candidate) => candidate.name).join(', ') || 'none';
    throw new Failure('input.invalid', { problem: `the package has no disk "${name}"; it has: ${known}` });
  }
  if (disk.file === null) throw new Failure('package.file-missing', { file: name });
  return disk;
}

/** @throws Failure `image.unsupported` where a delta disk would come out alone: as zeros wherever its parent has the data. */
function requireParent(disk: PackageDisk, source: SourceReference, target: string): void {
  if (disk.parent === null) return;
  const unsupported = (problem: string): Failure =>
    new Failure('image.unsupported', {
      format: 'ovf',
      feature: `delta disks ${problem}: ${disk.name} needs ${disk.parent}`,
    });
  if (target === asIs) throw unsupported('by themselves');
  const opened = openDisk(source);
  const { length } = opened.layers;
  opened.close();
  if (length < 2) throw unsupported('without their parents');
}

const compressedEnding = /\.(?:gz|xz|zst|bz2|lz4|lzma)$/i;

/** `disk1.vmdk` becomes `disk1.qcow2`; as it is, it keeps its name. */
function outputName(disk: PackageDisk, format: string): string {
  const name = disk.compression === null ? disk.name : disk.name.replace(compressedEnding, '');
  if (format === asIs) return name;
  return `${name.slice(0, name.length - extname(name).length)}.${diskDriver(format).extensions[0]!}`;
}

function planCopy(request: ConversionRequest): ConversionPlan {
  const disk = openDisk(request.source);
  try {
    const { source } = openSource(request.source);
    const outputBytes = source.sizeBytes;
    source.close();
    const freeBytes = freeBytesAt(request.outputPath);
    return {
      source: request.source,
      sourceFormat: disk.top.driver.id,
      outputPath: request.outputPath,
      targetFormat: disk.top.driver.id,
      targetVariant: disk.top.reader.variant,
      virtualSizeBytes: disk.capacityBytes,
      dataBytes: outputBytes,
      fileSizeBytes: outputBytes,
      outputBytes,
      outputIsExact: true,
      expectedFileSizeBytes: outputBytes,
      expectedBytes: outputBytes,
      freeBytes,
      fits: outputBytes <= freeBytes,
      losses: [],
      warnings: disk.layers.flatMap((layer) => layer.reader.warnings),
    };
  } finally {
    disk.close();
  }
}

/** Copies the bytes as they lie in the package, holes as holes; then hashes the disk that they are. */
function copyBeside(request: ConversionRequest, control: Control, laterBytes: number): Converted {
  const plan = planCopy(request);
  // Only a whole copy is put on record: one that was cut off begins again.
  const makings = { sources: [request.source.path], chunks: () => [], onePass: false };
  const opened = openOutput(request, makings, control);
  const { output, past } = opened;
  if (!plan.fits && past === null) {
    output.discard();
    const { outputBytes: neededBytes, freeBytes } = plan;
    throw new Failure('io.no-space', { path: request.outputPath, neededBytes, freeBytes });
  }
  const { virtualSizeBytes } = plan;
  try {
    if (past?.stage === 'proved') {
      const { sha256 } = past;
      return { output, sha256, virtualSizeBytes, result: () => resultOf(plan, request, sha256!) };
    }
    const verify = request.verify ?? true;
    control.expect(plan.outputBytes * (verify ? 2 : 1) + plan.virtualSizeBytes + laterBytes);
    copyBytes(request, output, control);
    if (request.sync ?? true) output.sync();
    if (verify) requireSameBytes(request, output, control);
    const { sha256 } = hashImage({ path: output.partialPath, format: plan.sourceFormat }, control);
    opened.journal?.prove(sha256);
    return { output, sha256, virtualSizeBytes, result: () => resultOf(plan, request, sha256) };
  } catch (error) {
    leaveOutput(opened, error);
    throw error;
  }
}

function copyBytes(request: ConversionRequest, output: OutputFile, control: Control): void {
  const { source } = openSource(request.source);
  try {
    control.begin('copying', source.sizeBytes, itemName(request.source));
    copySource(source, output, control);
  } finally {
    source.close();
  }
}

/** Reads both files once more, side by side. */
function requireSameBytes(request: ConversionRequest, output: OutputFile, control: Control): void {
  const { source } = openSource(request.source);
  const copy = new FileSource(output.partialPath);
  try {
    control.begin('verifying', source.sizeBytes, basename(output.finalPath));
    const blocks = [new Uint8Array(1 << 20), new Uint8Array(1 << 20)] as const;
    for (let at = 0; at < source.sizeBytes; at += blocks[0].length) {
      control.throwIfCancelled();
      const length = Math.min(blocks[0].length, source.sizeBytes - at);
      const [expected, actual] = [blocks[0].subarray(0, length), blocks[1].subarray(0, length)];
      source.read(at, expected);
      copy.read(at, actual);
      if (Buffer.compare(expected, actual) !== 0) {
        throw new Failure('output.verification-failed', { path: output.finalPath, virtualOffset: at });
      }
      control.advance(length);
    }
  } finally {
    source.close();
    copy.close();
  }
}

function resultOf(plan: ConversionPlan, request: ConversionRequest, sha256: string): ConversionResult {
  return {
    path: request.outputPath,
    format: plan.targetFormat,
    variant: plan.targetVariant,
    virtualSizeBytes: plan.virtualSizeBytes,
    fileSizeBytes: statSync(request.outputPath).size,
    allocatedBytes: allocatedBytes(request.outputPath),
    verified: request.verify ?? true,
    sha256,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
