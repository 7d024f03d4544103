/** What the command line's words mean: sources inside packages, target formats, options. */
import { existsSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import type { OptionValues, SourceReference, TargetRequest } from '#shared/domain/conversion.ts';
import type { FormatDescription } from '#shared/domain/format.ts';
import { Failure } from '#shared/failure.ts';
import { parseSize } from '#shared/size.ts';

/**
 * The source that a FILE argument names: a path, or `package:member`. A file whose own name has a colon wins.
 */
export function parseSource(argument: string): SourceReference {
  if (existsSync(argument)) return { path: resolve(argument) };
  for (let at = argument.lastIndexOf(':'); at > 0; at = argument.lastIndexOf(':', at - 1)) {
    const path = argument.slice(0, at);
    const member = argument.slice(at + 1);
    if (member !== '' && existsSync(path) && statSync(path).isFile()) return { path: resolve(path), member };
  }
  return { path: resolve(argument) };
}

/** `-o name=value` as given, several times. @throws Failure `input.invalid`. */
export function parseOptions(settings: readonly string[] = []): OptionValues {
  const values: Record<string, string> = {};
  for (const setting of settings) {
    for (const pair of setting.split(',')) {
      const at = pair.indexOf('=');
      if (at <= 0) throw new Failure('input.invalid', { problem: `-o takes name=value, not "${pair}"` });
      values[pair.slice(0, at)] = pair.slice(at + 1);
    }
  }
  return values;
}

export interface TargetArguments {
  readonly to?: string;
  readonly variant?: string;
  readonly option?: readonly string[];
}

/**
 * The target that the arguments ask for; without `--to` the format of the output's extension.
 * @throws Failure `input.invalid` when neither says it.
 */
export function parseTarget(
  given: TargetArguments,
  outputPath: string,
  formats: readonly FormatDescription[],
): TargetRequest {
  const format = given.to ?? formatOfExtension(outputPath, formats);
  return {
    format,
    ...(given.variant === undefined ? {} : { variant: given.variant }),
    options: parseOptions(given.option),
  };
}

function formatOfExtension(outputPath: string, formats: readonly FormatDescription[]): string {
  const extension = extname(outputPath).slice(1).toLowerCase();
  const format = formats.find(
    ({ creation, extensions }) => creation !== null && extensions.includes(extension),
  );
  if (format !== undefined) return format.id;
  const known = formats.filter(({ creation }) => creation !== null).map(({ id }) => id);
  throw new Failure('input.invalid', {
    problem: `the extension of ${outputPath} names no format that Platter writes; say --to ${known.join(' | ')}`,
  });
}

/** A virtual size. @throws Failure `input.invalid`. */
export function parseCapacity(text: string): number {
  const bytes = parseSize(text);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new Failure('input.invalid', {
    problem: `"${text}" is no size: write 10G, 512M or a number of bytes`,
  });
}

/** A number of threads. @throws Failure `input.invalid`. */
export function parseWorkers(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const workers = Number(text);
  if (!Number.isInteger(workers) || workers < 1 || workers > 256) {
    throw new Failure('input.invalid', {
      problem: `--workers is a whole number from 1 to 256, not "${text}"`,
    });
  }
  return workers;
}
