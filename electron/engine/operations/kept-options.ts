/** The options under which an image was written, as far as it tells them: a copy that takes its place keeps them. */
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { OptionDeclaration } from '#shared/domain/format.ts';
import { isFailure } from '#shared/failure.ts';
import { resolveOptions } from './target.ts';

/** Those of `told` that are `declared` and that the writer takes. */
export function keptOptions(told: OptionValues, declared: readonly OptionDeclaration[]): OptionValues {
  return Object.fromEntries(
    Object.entries(told).filter(([name, value]) =>
      declared.some((option) => option.name === name && isTaken(option, value)),
    ),
  );
}

/** What another program chose and this writer does not do is left to its default. */
function isTaken(option: OptionDeclaration, value: OptionValues[string]): boolean {
  try {
    resolveOptions([option], { [option.name]: value }, option.title);
    return true;
  } catch (error) {
    if (isFailure(error, 'input.invalid')) return false;
    throw error;
  }
}
