/** The command line's commands that make or change images: convert, flatten, rebase, create, resize, repair, build. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { OptionValues } from '#shared/domain/conversion.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { formatSize } from '#shared/text/units.ts';
import { inWords } from '#shared/text/in-words.ts';
import { pairsOf, parseCapacity, parseTarget, type TargetArguments } from './arguments.ts';
import { describeReport, describeResult } from './describe.ts';
import { runOperation } from './in-thread.ts';
import { answer, type ExitCode } from './session.ts';
import {
  backingOf,
  limitsOf,
  sourceOf,
  type BackingOptions,
  type LimitOptions,
  type SourceOptions,
} from './sources.ts';

interface JsonOption {
  readonly json?: boolean;
}

export interface CreateOptions extends JsonOption, TargetArguments, BackingOptions {
  readonly size?: string;
  readonly force?: boolean;
}

export interface CopyOptions
  extends JsonOption, LimitOptions, TargetArguments, SourceOptions, BackingOptions {
  /** False for --no-verify. */
  readonly verify: boolean;
  /** False for --no-sync. */
  readonly sync: boolean;
  readonly force?: boolean;
}

export interface ConvertOptions extends CopyOptions {
  readonly size?: string;
}

export interface BuildOptions extends JsonOption, LimitOptions {
  readonly as: string;
  readonly set?: readonly string[];
  readonly setFile?: readonly string[];
  readonly verify: boolean;
  readonly force?: boolean;
}

/** `platter convert SRC DST`. */
export async function convert(source: string, output: string, options: ConvertOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  const outputPath = resolve(output);
  const result = await runOperation(
    json,
    async (client) => {
      const target = parseTarget(options, outputPath, await client.formats());
      return client.convert({
        source: sourceOf(source, options),
        outputPath,
        target: { ...target, ...backingOf(options) },
        ...(options.size === undefined ? {} : { capacityBytes: parseCapacity(options.size) }),
        force: options.force ?? false,
        verify: options.verify,
        sync: options.sync,
      });
    },
    limitsOf(options),
  );
  answer(json, result, () => describeResult(result));
  return 0;
}

/** `platter create FILE --size SIZE`. */
export async function create(file: string, options: CreateOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  const outputPath = resolve(file);
  const result = await runOperation(json, async (client) => {
    const target = parseTarget(options, outputPath, await client.formats());
    return client.create({
      outputPath,
      target: { ...target, ...backingOf(options) },
      ...(options.size === undefined ? {} : { capacityBytes: parseCapacity(options.size) }),
      force: options.force ?? false,
    });
  });
  answer(json, result, () => describeResult(result));
  return 0;
}

/** `platter resize FILE SIZE`; +SIZE and -SIZE count from the size that it has. */
export async function resize(
  file: string,
  size: string,
  options: JsonOption & { readonly shrink?: boolean },
): Promise<ExitCode> {
  const json = options.json ?? false;
  const path = resolve(file);
  const result = await runOperation(json, async (client) => {
    const capacityBytes = await wantedCapacity(size, async () => {
      const { virtualSizeBytes } = await client.inspect({ source: { path } });
      return virtualSizeBytes;
    });
    return client.resize({ path, capacityBytes, shrink: options.shrink ?? false });
  });
  answer(json, result, () => [
    `${file}: ${formatSize(result.oldBytes)} → ${formatSize(result.newBytes)}${result.inPlace ? '' : ', by a copy'}`,
    ...(result.backupPath === null ? [] : [`what was replaced is kept in ${result.backupPath}`]),
  ]);
  return 0;
}

async function wantedCapacity(size: string, present: () => Promise<number | null>): Promise<number> {
  const sign = /^[+-]/.exec(size)?.[0];
  if (sign === undefined) return parseCapacity(size);
  const change = parseCapacity(size.slice(1));
  const now = await present();
  if (now === null) throw new Failure('input.invalid', { problem: 'the file is no disk' });
  const wanted = sign === '+' ? now + change : now - change;
  if (wanted >= 0) return wanted;
  throw new Failure('input.invalid', { problem: `the disk has ${now} bytes only` });
}

/** `platter flatten SRC DST`: a chain, or a snapshot, as one file, in the format of the source unless told otherwise. */
export async function flatten(source: string, output: string, options: CopyOptions): Promise<ExitCode> {
  return copy(source, output, options);
}

/** `platter rebase SRC DST --backing FILE`: a copy that holds only what differs from the new backing image. */
export async function rebase(source: string, output: string, options: CopyOptions): Promise<ExitCode> {
  return copy(source, output, options);
}

async function copy(argument: string, output: string, options: CopyOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  const outputPath = resolve(output);
  const source = sourceOf(argument, options);
  const result = await runOperation(
    json,
    async (client) => {
      const to = options.to ?? (await client.inspect({ source })).format;
      const target = parseTarget({ ...options, to }, outputPath, await client.formats());
      return client.convert({
        source,
        outputPath,
        target: { ...target, ...backingOf(options) },
        force: options.force ?? false,
        verify: options.verify,
        sync: options.sync,
      });
    },
    limitsOf(options),
  );
  answer(json, result, () => describeResult(result));
  return 0;
}

/** `platter repair FILE`: 1 when problems are left. */
export async function repair(
  file: string,
  options: JsonOption & { readonly leaksOnly?: boolean; readonly undo?: string },
): Promise<ExitCode> {
  const json = options.json ?? false;
  const path = resolve(file);
  const { undo } = options;
  if (undo !== undefined) {
    await runOperation(json, (client) => client.undoRepair({ path, backupPath: resolve(undo) }));
    answer(json, { path, restoredFrom: resolve(undo) }, () => [`${file} is as it was before the repair`]);
    return 0;
  }
  const scope = options.leaksOnly === true ? 'leaks' : 'all';
  const result = await runOperation(json, (client) => client.repair({ path, scope }));
  const { after, backupPath, summary } = result;
  answer(json, result, () => [
    ...summary.map(inWords),
    ...(backupPath === null ? [] : [`what was replaced is kept in ${backupPath}`]),
    ...describeReport(after),
  ]);
  return after.corruptions + after.leaks > 0 ? 1 : 0;
}

/** `platter build OUTPUT --as BUILDER [INPUT…]`. */
export async function build(
  output: string,
  inputs: readonly string[],
  options: BuildOptions,
): Promise<ExitCode> {
  const json = options.json ?? false;
  const request = {
    builder: options.as,
    inputs: inputs.map((input) => sourceOf(input, {})),
    outputPath: resolve(output),
    fields: fieldsOf(options),
    force: options.force ?? false,
    verify: options.verify,
  };
  const result = await runOperation(json, (client) => client.build(request), limitsOf(options));
  answer(json, result, () => [
    ...result.files.map(({ path, sizeBytes, sha256 }) => `${sha256}  ${path}  ${formatSize(sizeBytes)}`),
    ...result.warnings.map(({ message }) => `Note: ${inWords(message)}`),
  ]);
  return 0;
}

/** `--set name=value` and `--set-file name=path`. */
function fieldsOf({ set = [], setFile = [] }: BuildOptions): OptionValues {
  const files = pairsOf(setFile, '--set-file').map(([name, path]): [string, string] => {
    try {
      return [name, readFileSync(path, 'utf8')];
    } catch (error) {
      throw systemFailure(error, path);
    }
  });
  return Object.fromEntries([...pairsOf(set, '--set'), ...files]);
}
