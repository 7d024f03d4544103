/** The command line's commands that only read: info, map, hash, compare, check, measure, list. */
import type { MapExtent } from '#shared/domain/image.ts';
import { formatExactBytes, formatSize } from '#shared/text/units.ts';
import { parseCapacity, parseTarget, type TargetArguments } from './arguments.ts';
import {
  describeInfo,
  describeListing,
  describeMeasurement,
  describeReport,
  mapHeading,
  mapLine,
} from './describe.ts';
import { inThisThread, readHere } from './here.ts';
import { answer, printPieces, type ExitCode } from './session.ts';
import {
  backingOf,
  limitsOf,
  partitionOf,
  readableSourceOf,
  type BackingOptions,
  type LimitOptions,
  type PartitionOption,
  type SourceOptions,
} from './sources.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface SourceOption extends JsonOption, SourceOptions {}
interface ReadingOption extends SourceOption, LimitOptions {}

/** `platter info FILE`: what it is; a package's manifest is checked. */
export async function info(file: string, options: SourceOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const source = readableSourceOf(file, options);
  const { inspect } = await import('#engine/operations/inspect.ts');
  const result = readHere(json, inThisThread, (control) => inspect(source, control, true));
  answer(json, result, () => describeInfo(result));
  return 0;
}

/** `platter map FILE`: written as it is found, since a disk may have millions of extents. */
export async function map(file: string, options: SourceOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const source = readableSourceOf(file, options);
  const { openMap } = await import('#engine/operations/map.ts');
  const opened = readHere(json, inThisThread, (control) => openMap(source, control));
  try {
    const { virtualSizeBytes, extents } = opened;
    await printPieces(json ? mapJson(virtualSizeBytes, extents) : mapLines(virtualSizeBytes, extents));
  } finally {
    opened.close();
  }
  return 0;
}

/** A map as JSON. */
function* mapJson(virtualSizeBytes: number, extents: Iterable<MapExtent>): Iterable<string> {
  yield `{"virtualSizeBytes":${virtualSizeBytes},"extents":[`;
  let separator = '';
  for (const extent of extents) {
    yield separator + JSON.stringify(extent);
    separator = ',';
  }
  yield ']}\n';
}

function* mapLines(virtualSizeBytes: number, extents: Iterable<MapExtent>): Iterable<string> {
  yield `${mapHeading(virtualSizeBytes)}\n`;
  for (const extent of extents) yield `${mapLine(extent, virtualSizeBytes)}\n`;
}

/** `platter hash FILE`. */
export async function hash(file: string, options: ReadingOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const source = readableSourceOf(file, options);
  const { hashImage } = await import('#engine/operations/hash.ts');
  const result = readHere(json, limitsOf(options), (control) => hashImage(source, control));
  answer(json, result, () => [`${result.sha256}  ${file}`]);
  return 0;
}

/** `platter compare A B`: 0 when the guests see the same, 1 when they do not. */
export async function compare(first: string, second: string, options: ReadingOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const sources = [readableSourceOf(first, options), readableSourceOf(second, options)] as const;
  const { compareImages } = await import('#engine/operations/compare.ts');
  const result = readHere(json, limitsOf(options), (control) => compareImages(...sources, control));
  answer(json, result, () => {
    const [sizeA, sizeB] = result.virtualSizesBytes;
    if (result.firstDifference !== null) {
      return [`The disks differ, first at virtual offset ${result.firstDifference}.`];
    }
    if (!result.paddedWithZeros) return [`The disks are identical: ${formatSize(sizeA)}.`];
    const longer = sizeA > sizeB ? first : second;
    const rest = formatExactBytes(Math.abs(sizeA - sizeB));
    return [`The disks are identical, but ${longer} is longer by ${rest} of zeros.`];
  });
  return result.identical ? 0 : 1;
}

/** `platter check FILE`: 1 when problems were found. */
export async function check(file: string, options: SourceOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const source = readableSourceOf(file, options);
  const { checkImage } = await import('#engine/operations/structure.ts');
  const report = readHere(json, inThisThread, (control) => checkImage(source, control));
  answer(json, report, () => describeReport(report));
  return report.corruptions + report.leaks > 0 ? 1 : 0;
}

export interface MeasureOptions extends SourceOption, TargetArguments, BackingOptions {
  readonly to: string;
  readonly size?: string;
}

/** `platter measure FILE --to FORMAT`: how large it would be there. */
export async function measure(file: string, options: MeasureOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  const request = {
    source: readableSourceOf(file, options),
    target: { ...parseTarget(options, '', []), ...backingOf(options) },
    ...(options.size === undefined ? {} : { capacityBytes: parseCapacity(options.size) }),
  };
  const { measureImage } = await import('#engine/operations/measure.ts');
  const result = readHere(json, inThisThread, (control) => measureImage(request, control));
  answer(json, result, () => describeMeasurement(result));
  return 0;
}

/** `platter list FILE [FOLDER]`: what is in a package, on a medium or on a partition. */
export async function list(
  file: string,
  folder: string | undefined,
  options: SourceOption & PartitionOption & { readonly recursive?: boolean },
): Promise<ExitCode> {
  const json = options.json ?? false;
  const request = {
    source: readableSourceOf(file, options),
    folder: (folder ?? '').replace(/^\/+|\/+$/g, ''),
    recursive: options.recursive ?? false,
    ...partitionOf(options),
  };
  const { listFiles } = await import('#engine/operations/list.ts');
  const listing = readHere(json, inThisThread, (control) => listFiles(request, control));
  answer(json, listing, () => describeListing(listing));
  return 0;
}
