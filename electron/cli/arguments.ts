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

/** `name=value` as given, several times: a value may hold anything, commas too. @throws Failure `input.invalid`. */
export function pairsOf(settings: readonly string[], option: string): readonly (readonly [string, string])[] {
  return settings.map((text) => {
    const at = text.indexOf('=');
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new Failure('input.invalid', { problem: `${option} takes name=value, not "${text}"` });
  });
}

/** `-o name=value,name=value` as given, several times; two commas are one in a value. @throws Failure `input.invalid`. */
export function parseOptions(settings: readonly string[] = []): OptionValues {
  const pairs = settings.flatMap((setting) =>
    setting.split(/(?<!,),(?!,)/).map((pair): [string, string] => {
      const at = pair.indexOf('=');
      if (at <= 0) throw new Failure('input.invalid', { problem: `-o takes name=value, not "${pair}"` });
      return [pair.slice(0, at), pair.slice(at + 1).replaceAll(',,', ',')];
    }),
  );
  return Object.fromEntries(pairs);
}

export interface TargetArguments {
  readonly to?: string;
  readonly variant?: string;
  readonly option?: readonly string[];
  /** The identifier of the new image, instead of one that follows from its content. */
  readonly uuid?: string;
  /** What the output is compressed with: an extension before the last one names the format then. */
  readonly wrap?: string;
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
  const format = given.to ?? formatOfExtension(outputPath, formats, given.wrap !== undefined);
  return {
    format,
    ...(given.variant === undefined ? {} : { variant: given.variant }),
    options: { ...parseOptions(given.option), ...(given.uuid === undefined ? {} : { uuid: given.uuid }) },
    ...(given.wrap === undefined ? {} : { wrapper: given.wrap }),
  };
}

function formatOfExtension(
  outputPath: string,
  formats: readonly FormatDescription[],
  isWrapped: boolean,
): string {
  for (const ending of extensionsOf(outputPath, isWrapped ? 3 : 1)) {
    const format = formats.find(
      ({ creation, extensions }) => creation !== null && extensions.includes(ending),
    );
    if (format !== undefined) return format.id;
  }
  const known = formats.filter(({ creation }) => creation !== null).map(({ id }) => id);
  throw new Failure('input.invalid', {
    problem: `the extension of ${outputPath} names no format that Platter writes; say --to ${known.join(' | ')}`,
  });
}

/** The last extensions of the name, the very last one first: `disk.raw.tar.gz` has three. */
function extensionsOf(path: string, most: number): string[] {
  const extension = extname(path);
  if (extension === '' || most === 0) return [];
  return [extension.slice(1).toLowerCase(), ...extensionsOf(path.slice(0, -extension.length), most - 1)];
}

/** A virtual size. @throws Failure `input.invalid`. */
export function parseCapacity(text: string): number {
  const bytes = parseSize(text);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new Failure('input.invalid', {
    problem: `"${text}" is no size: write 10G, 512M or a number of bytes`,
  });
}

/** Bytes a second. @throws Failure `input.invalid`. */
export function parseSpeed(text: string): number {
  const bytes = parseSize(text);
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new Failure('input.invalid', {
    problem: `--limit is a number of bytes a second, like 50M, not "${text}"`,
  });
}

/** A number of threads; null: one per core. @throws Failure `input.invalid`. */
export function parseWorkers(text: string | undefined): number | null {
  if (text === undefined) return null;
  const workers = Number(text);
  if (!Number.isInteger(workers) || workers < 1 || workers > 256) {
    throw new Failure('input.invalid', {
      problem: `--workers is a whole number from 1 to 256, not "${text}"`,
    });
  }
  return workers;
}
