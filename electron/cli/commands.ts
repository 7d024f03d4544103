/** The command line's commands on images and packages: what each asks of the engine and how it answers. */
import { existsSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SourceReference } from '#shared/domain/conversion.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { formatExactBytes, formatSize } from '#shared/text/units.ts';
import { parseOptions, parseSource, parseTarget, parseWorkers, type TargetArguments } from './arguments.ts';
import { describeInfo, describeMap, describeResult } from './describe.ts';
import { answer, runOperation, type ExitCode } from './session.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface SourceOption extends JsonOption {
  /** Take the source for this format instead of asking its content. */
  readonly from?: string;
  readonly workers?: string;
}

export interface ConvertOptions extends SourceOption, TargetArguments {
  /** False for --no-verify. */
  readonly verify: boolean;
  readonly force?: boolean;
}

export interface ExtractOptions extends JsonOption, TargetArguments {
  readonly out: string;
  readonly disk?: readonly string[];
  readonly verify: boolean;
  readonly force?: boolean;
  readonly workers?: string;
}

function sourceOf(argument: string, options: { readonly from?: string }): SourceReference {
  const source = parseSource(argument);
  return options.from === undefined ? source : { ...source, format: options.from };
}

function workersOf(options: { readonly workers?: string }): { workers?: number } {
  const workers = parseWorkers(options.workers);
  return workers === undefined ? {} : { workers };
}

/** `platter info FILE`: what it is; a package's manifest is checked. */
export async function info(file: string, options: JsonOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const source = parseSource(file);
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
  const input = { first: parseSource(first), second: parseSource(second), ...workersOf(options) };
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
      target,
      force: options.force ?? false,
      verify: options.verify,
      ...workersOf(options),
    });
  });
  answer(json, result, () => describeResult(result));
  return 0;
}

/** `platter extract PACKAGE --out DIR`. */
export async function extract(file: string, options: ExtractOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  const packagePath = resolve(file);
  const outputFolder = resolve(options.out);
  makeFolder(outputFolder);
  const target = {
    format: options.to ?? 'qcow2',
    ...(options.variant === undefined ? {} : { variant: options.variant }),
    options: parseOptions(options.option),
  };
  const result = await runOperation(json, async (client) => {
    const { systems } = await client.inspectPackage({ path: packagePath });
    const held = systems.flatMap(({ disks }) => disks).filter((disk) => disk.file !== null);
    const names = options.disk ?? [...new Set(held.map(({ name }) => name))];
    if (names.length === 0) throw new Failure('input.invalid', { problem: `${file} holds no disks` });
    return client.extract({
      packagePath,
      outputFolder,
      disks: names.map((name) => ({ name, target })),
      force: options.force ?? false,
      verify: options.verify,
      ...workersOf(options),
    });
  });
  answer(json, result, () =>
    result.files.flatMap((one, index) => [...(index > 0 ? [''] : []), ...describeResult(one)]),
  );
  return 0;
}

function makeFolder(path: string): void {
  if (existsSync(path)) return;
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw systemFailure(error, path);
  }
}
