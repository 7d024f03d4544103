/** extract: the disks of a package become files of their own, straight out of the archive, all of them or none. */
import { basename, extname, join } from 'node:path';
import type {
  ConversionRequest,
  ExtractionPlan,
  ExtractionRequest,
  ExtractionResult,
  SourceReference,
} from '#shared/domain/conversion.ts';
import type { PackageDisk } from '#shared/domain/package.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { commitTogether } from '../bytes/output-file.ts';
import type { Control } from '../control.ts';
import { openDisk, openPackageAt } from '../pipeline/open.ts';
import { convertBeside, planConversion, planningMilliseconds, type Converted } from './convert.ts';
import { canGoOnAfter } from './resumable-output.ts';
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
    ...planConversion(item.request, control, budget),
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
      const converted = convertBeside(item.request, control, { hash: true, laterBytes });
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
      throw new Failure('input.invalid', {
        problem: inEnglish('two disks would become {outputPath}', { outputPath: basename(outputPath) }),
      });
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
    throw new Failure('input.invalid', {
      problem: inEnglish('the package has no disk "{name}"; it has: {known}', { name, known }),
    });
  }
  if (disk.file === null) throw new Failure('package.file-missing', { file: name });
  return disk;
}

/** @throws Failure `image.unsupported` where a delta disk would come out alone: as zeros wherever its parent has the data. */
function requireParent(disk: PackageDisk, source: SourceReference, target: string): void {
  if (disk.parent === null) return;
  const unsupported = (problem: Message): Failure =>
    new Failure('image.unsupported', {
      format: 'ovf',
      feature: inEnglish('delta disks {problem}: {name} needs {parent}', {
        problem: asValue(problem),
        name: disk.name,
        parent: disk.parent ?? '',
      }),
    });
  if (target === asIs) throw unsupported(inEnglish('by themselves'));
  const opened = openDisk(source);
  const { length } = opened.layers;
  opened.close();
  if (length < 2) throw unsupported(inEnglish('without their parents'));
}

const compressedEnding = /\.(?:gz|xz|zst|bz2|lz4|lzma)$/i;

/** `disk1.vmdk` becomes `disk1.qcow2`; as it is, it keeps its name. */
function outputName(disk: PackageDisk, format: string): string {
  const name = disk.compression === null ? disk.name : disk.name.replace(compressedEnding, '');
  if (format === asIs) return name;
  return `${name.slice(0, name.length - extname(name).length)}.${diskDriver(format).extensions[0]!}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
