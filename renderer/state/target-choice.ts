/** Choosing a format for an output: what can be chosen, from what the drivers declare, and what is asked for in the end. */
import type { OptionValues, TargetRequest } from '#shared/domain/conversion.ts';
import type { FormatDescription, OptionDeclaration, VariantDeclaration } from '#shared/domain/format.ts';
import { inWords } from '#shared/text/in-words.ts';
import { t } from '#shared/text/words.ts';

/** The bytes of the image's file as they are: not a driver's id, but a word of the contract. */
export const asIs = 'as-is';

export interface TargetChoice {
  format: string;
  /** Null: the format's first variant. */
  variant: string | null;
  /** Only what the user changed. */
  options: Record<string, string | number | boolean>;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

/** Every format that can be written, as the drivers describe themselves, and "as it is" last. */
export function formatChoices(formats: readonly FormatDescription[], withAsIs: boolean): Choice[] {
  const written = formats
    .filter((format) => format.creation !== null)
    .map((format) => ({
      value: format.id,
      label: inWords(format.title),
      hint: format.extensions.map((extension) => `.${extension}`).join(' '),
    }));
  return withAsIs ? [...written, { value: asIs, label: t('As it is'), hint: t('unchanged') }] : written;
}

/** `wanted` where it can be chosen, else the first format that can be written, else the bytes as they are. */
export function usableFormat(
  formats: readonly FormatDescription[],
  wanted: string,
  withAsIs: boolean,
): string {
  if (wanted === asIs && withAsIs) return asIs;
  const written = formats.filter((format) => format.creation !== null);
  return (written.find((format) => format.id === wanted) ?? written[0])?.id ?? asIs;
}

export function variantsOf(
  formats: readonly FormatDescription[],
  format: string,
): readonly VariantDeclaration[] {
  return formats.find((candidate) => candidate.id === format)?.creation?.variants ?? [];
}

export function optionsOf(
  formats: readonly FormatDescription[],
  format: string,
): readonly OptionDeclaration[] {
  return formats.find((candidate) => candidate.id === format)?.creation?.options ?? [];
}

/** What is asked of the engine: the format, and of variant and options only what differs from the defaults. */
export function targetRequest(formats: readonly FormatDescription[], choice: TargetChoice): TargetRequest {
  const options: Record<string, string | number | boolean> = {};
  for (const declared of optionsOf(formats, choice.format)) {
    const value = choice.options[declared.name];
    if (value !== undefined && value !== declared.default) options[declared.name] = value;
  }
  const known = variantsOf(formats, choice.format).some((variant) => variant.id === choice.variant);
  return {
    format: choice.format,
    ...(choice.variant !== null && known ? { variant: choice.variant } : {}),
    ...(Object.keys(options).length > 0 ? { options: options as OptionValues } : {}),
  };
}
