/** The command line's command that takes out what is inside a file: extract. */
import { existsSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { inWords } from '#shared/text/in-words.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { formatBytes, formatCount } from '#shared/text/units.ts';
import { parseOptions, type TargetArguments } from './arguments.ts';
import { describeResult } from './describe.ts';
import { inThisThread, readHere } from './here.ts';
import { runOperation } from './in-thread.ts';
import { answer, type ExitCode } from './session.ts';
import {
  limitsOf,
  partitionOf,
  readableSourceOf,
  type LimitOptions,
  type PartitionOption,
  type SourceOptions,
} from './sources.ts';

export interface ExtractOptions extends TargetArguments, SourceOptions, PartitionOption, LimitOptions {
  readonly json?: boolean;
  readonly out: string;
  readonly disk?: readonly string[];
  /** Files and folders of a medium or a partition. */
  readonly path?: readonly string[];
  readonly verify: boolean;
  readonly sync: boolean;
  readonly force?: boolean;
}

/** `platter extract FILE --out DIR`: the disks of a package, or the files of a medium or a partition. */
export async function extract(file: string, options: ExtractOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  const source = readableSourceOf(file, options);
  const { inspect } = await import('#engine/operations/inspect.ts');
  const { kind } = readHere(json, inThisThread, (control) => inspect(source, control, false));
  return kind === 'package' ? extractDisks(file, options) : extractFiles(file, options);
}

async function extractFiles(file: string, options: ExtractOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  const outputFolder = resolve(options.out);
  const result = await runOperation(
    json,
    (client) =>
      client.extractFiles({
        source: readableSourceOf(file, options),
        paths: options.path ?? [],
        outputFolder,
        force: options.force ?? false,
        ...partitionOf(options),
      }),
    limitsOf(options),
  );
  answer(json, result, () => [
    `${formatCount(result.files, 'file')}, ${formatBytes(result.bytes)}, written to ${result.outputFolder}`,
    ...result.skipped.map(({ path, reason }) => `left out: ${path}: ${inWords(reason)}`),
  ]);
  return 0;
}

async function extractDisks(file: string, options: ExtractOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  const packagePath = resolve(file);
  const outputFolder = resolve(options.out);
  makeFolder(outputFolder);
  const target = {
    format: options.to ?? 'qcow2',
    ...(options.variant === undefined ? {} : { variant: options.variant }),
    options: {
      ...parseOptions(options.option),
      ...(options.uuid === undefined ? {} : { uuid: options.uuid }),
    },
  };
  const result = await runOperation(
    json,
    async (client) => {
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
        sync: options.sync,
      });
    },
    limitsOf(options),
  );
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
