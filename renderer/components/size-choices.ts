/** The sizes that a size option offers. */
import { formatBytes } from '#shared/text/units.ts';

const mostChoices = 64;

/** The powers of two between the bounds. */
export function sizeChoices(
  minimum: number,
  maximum: number,
): readonly { readonly value: string; readonly label: string }[] {
  const choices: { value: string; label: string }[] = [];
  for (let size = 1; size <= maximum && choices.length < mostChoices; size *= 2) {
    if (size >= minimum) choices.push({ value: String(size), label: formatBytes(size) });
  }
  return choices;
}
