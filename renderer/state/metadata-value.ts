/** Whether a value that was typed is one that a field takes. */
import type { MetadataField } from '#shared/domain/preparation.ts';

/** What is wrong with the value, in words; null where nothing is, or where there is none. */
export function valueProblem(field: MetadataField, value: string): string | null {
  if (value === '') return null;
  if (field.type === 'integer') {
    const number = Number(value);
    const fits = /^-?\d+$/.test(value) && number >= field.minimum && number <= field.maximum;
    return fits ? null : `A whole number from ${field.minimum} to ${field.maximum}.`;
  }
  if (field.type === 'choice' || field.pattern === undefined) return null;
  return new RegExp(`^(?:${field.pattern})$`, 'u').test(value)
    ? null
    : `Not of the right form. ${field.help}`;
}
