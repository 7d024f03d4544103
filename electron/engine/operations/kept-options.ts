/** The options under which an image was written, as far as its facts tell them: a copy that takes its place keeps them. */
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { OptionDeclaration } from '#shared/domain/format.ts';
import type { Fact } from '#shared/domain/image.ts';
import { isFailure } from '#shared/failure.ts';
import { resolveOptions } from './target.ts';

/** Which option stands behind a fact, in every format that has one of that name. */
const optionOfFact: Readonly<Record<string, string>> = {
  'Cluster size': 'cluster_size',
  Version: 'compat',
  'Refcount width': 'refcount_bits',
  'Extended L2 entries': 'extended_l2',
  'Block size': 'block_size',
  'Logical sector size': 'logical_sector_size',
  'Adapter type': 'adapter_type',
  'Hardware version': 'hwversion',
  'VMware Tools version': 'toolsversion',
};

/** The values of those `declared` options that `facts` tell and that the writer takes. */
export function keptOptions(facts: readonly Fact[], declared: readonly OptionDeclaration[]): OptionValues {
  const kept: Record<string, string> = {};
  for (const { label, value } of facts) {
    const option = declared.find(({ name }) => name === optionOfFact[label]);
    if (option === undefined) continue;
    const text = valueText(option, value);
    try {
      resolveOptions([option], { [option.name]: text }, label);
      kept[option.name] = text;
    } catch (error) {
      // What another program chose and this writer does not do: then its default.
      if (!isFailure(error, 'input.invalid')) throw error;
    }
  }
  return kept;
}

/** "65536 bytes" → "65536"; "2 (compat 0.10)" → "0.10", the one of the choices that is named. */
function valueText(option: OptionDeclaration, value: string): string {
  if (option.type === 'choice') {
    const words = value.split(/[^\w.-]+/);
    return [...words].reverse().find((word) => option.choices.includes(word)) ?? value;
  }
  return option.type === 'size' || option.type === 'integer' ? value.split(' ', 1)[0]! : value;
}
