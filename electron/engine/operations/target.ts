/** What a person asks of an output, checked against what the driver declares, and the room that it needs. */
import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { OptionValues, TargetRequest } from '#shared/domain/conversion.ts';
import type { OptionDeclaration } from '#shared/domain/format.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { parseSize } from '#shared/size.ts';
import { asValue, inEnglish, type Message } from '#shared/in-english.ts';
import type { Creation, DiskDriver, TargetShape } from '../disks/driver.ts';
import { diskDriver } from '../disks/registry.ts';

/** The target that keeps the bytes of an image's file as they are. */
export const asIs = 'as-is';

export interface Target {
  readonly driver: DiskDriver;
  readonly creation: Creation;
  readonly shape: TargetShape;
}

/**
 * The writer's shape for what was asked, defaults filled in.
 * @throws Failure `input.invalid` for a format that cannot be written, an unknown variant or option, a bad value.
 */
export function resolveTarget(request: TargetRequest, capacityBytes: number): Target {
  const driver = diskDriver(request.format);
  const { creation } = driver;
  if (creation === undefined)
    throw invalid(inEnglish('Platter does not write {title}', { title: driver.title }));
  const variant = request.variant ?? creation.variants[0]!.id;
  if (!creation.variants.some(({ id }) => id === variant)) {
    const known = creation.variants.map(({ id }) => id).join(', ');
    throw invalid(
      inEnglish('{title} has no variant "{variant}"; it has: {known}', {
        title: driver.title,
        variant,
        known,
      }),
    );
  }
  const options = resolveOptions(creation.options, request.options ?? {}, driver.title);
  return {
    driver,
    creation,
    shape: { capacityBytes: creation.capacityFor(capacityBytes, { variant, options }), variant, options },
  };
}

/** The values that were given, each in its declared type, and the default of every other. @throws Failure `input.invalid`. */
export function resolveOptions(
  declared: readonly OptionDeclaration[],
  given: OptionValues,
  title: string,
): OptionValues {
  const names = declared.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) {
      throw invalid(
        inEnglish('{title} has no option "{name}"; it has: {names}', {
          title,
          name,
          names: names.join(', ') || 'none',
        }),
      );
    }
  }
  return Object.fromEntries(
    declared.map((option) => [
      option.name,
      Object.hasOwn(given, option.name) ? checked(option, given[option.name]!) : option.default,
    ]),
  );
}

/** The value in the declared type: the command line gives everything as text. */
function checked(option: OptionDeclaration, value: string | number | boolean): string | number | boolean {
  const text = String(value);
  switch (option.type) {
    case 'boolean':
      if (/^(true|on|yes|1)$/i.test(text)) return true;
      if (/^(false|off|no|0)$/i.test(text)) return false;
      throw invalid(inEnglish('{name} is on or off, not "{text}"', { name: option.name, text }));
    case 'choice':
      if (option.choices.includes(text)) return text;
      throw invalid(
        inEnglish('{name} is one of {choices}, not "{text}"', {
          name: option.name,
          choices: option.choices.join(', '),
          text,
        }),
      );
    case 'integer':
    case 'size': {
      const number = option.type === 'size' ? parseSize(text) : Number(text);
      const powerOfTwo = option.type === 'integer' || Number.isInteger(Math.log2(number));
      if (Number.isInteger(number) && powerOfTwo && number >= option.minimum && number <= option.maximum) {
        return number;
      }
      const { name, minimum, maximum } = option;
      const values = { name, minimum, maximum, text };
      throw invalid(
        option.type === 'size'
          ? inEnglish('{name} is a power of two from {minimum} to {maximum}, not "{text}"', values)
          : inEnglish('{name} is a whole number from {minimum} to {maximum}, not "{text}"', values),
      );
    }
    case 'text':
      if (text === '' || option.pattern === undefined) return text;
      if (new RegExp(`^(?:${option.pattern})$`, 'u').test(text)) return text;
      throw invalid(
        inEnglish('{name} does not take "{text}": {help}', {
          name: option.name,
          text,
          help: asValue(option.help),
        }),
      );
  }
}

/** Free bytes where `path` will be, for this user. @throws Failure `io.not-found` when its folder is not there. */
export function freeBytesAt(path: string): number {
  const folder = dirname(path);
  try {
    const status = statfsSync(folder);
    return status.bavail * status.bsize;
  } catch (error) {
    throw systemFailure(error, folder);
  }
}

/** @throws Failure `input.invalid` when the output is one of the files that are read: it would destroy them. */
export function refuseOwnSource(outputPath: string, sourcePaths: readonly string[]): void {
  if (!existsSync(outputPath)) return;
  // Device and inode see through symbolic and hard links alike.
  const output = statSync(outputPath, { bigint: true });
  for (const path of sourcePaths) {
    if (!existsSync(path)) continue;
    const source = statSync(path, { bigint: true });
    if (source.dev === output.dev && source.ino === output.ino) {
      throw invalid(
        inEnglish('{outputPath} is the image that is read; choose another name for the output', {
          outputPath,
        }),
      );
    }
  }
}

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
