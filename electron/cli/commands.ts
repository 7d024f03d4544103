/** The command line's commands on images and packages: what each asks of the engine and how it answers. */
import { resolve } from 'node:path';
import { formatExactBytes, formatSize } from '#shared/text/units.ts';
import { parseCapacity, parseTarget, type TargetArguments } from './arguments.ts';
import { describeInfo, describeMap, describeResult } from './describe.ts';
import { answer, runOperation, type ExitCode } from './session.ts';
import { backingOf, sourceOf, workersOf, type BackingOptions, type SourceOptions } from './sources.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface SourceOption extends JsonOption, SourceOptions {
  readonly workers?: string;
}

export interface ConvertOptions extends SourceOption, TargetArguments, BackingOptions {
  /** False for --no-verify. */
  readonly verify: boolean;
  readonly force?: boolean;
  readonly size?: string;
}

/** `platter info FILE`: what it is; a package's manifest is checked. */
export async function info(file: string, options: SourceOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const source = sourceOf(file, options);
  const result = await runOperation(json, (client) => client.inspect({ source, verify: true }));
  answer(json, result, () => describeInfo(result));
  return 0;
}

/** `platter map FILE`. */
export async function map(file: string, options: SourceOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const source = sourceOf(file, options);
  const result = await runOperation(json, (client) => client.map({ source }));
  answer(json, result, () => describeMap(result));
  return 0;
}

/** `platter hash FILE`. */
export async function hash(file: string, options: SourceOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const input = { source: sourceOf(file, options), ...workersOf(options) };
  const result = await runOperation(json, (client) => client.hash(input));
  answer(json, result, () => [`${result.sha256}  ${file}`]);
  return 0;
}

/** `platter compare A B`: 0 when the guests see the same, 1 when they do not. */
export async function compare(first: string, second: string, options: SourceOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const input = {
    first: sourceOf(first, options),
    second: sourceOf(second, options),
    ...workersOf(options),
  };
  const result = await runOperation(json, (client) => client.compare(input));
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

/** `platter convert SRC DST`. */
export async function convert(source: string, output: string, options: ConvertOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  const outputPath = resolve(output);
  const result = await runOperation(json, async (client) => {
    const target = parseTarget(options, outputPath, await client.formats());
    return client.convert({
      source: sourceOf(source, options),
      outputPath,
      target: { ...target, ...backingOf(options) },
      ...(options.size === undefined ? {} : { capacityBytes: parseCapacity(options.size) }),
      force: options.force ?? false,
      verify: options.verify,
      ...workersOf(options),
    });
  });
  answer(json, result, () => describeResult(result));
  return 0;
}
