/** Whether a value that was typed is one that a field takes, and a name one that a cloud takes beside its fields. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { inWords } from '#shared/text/in-words.ts';
import { t } from '#shared/text/words.ts';

/** What is wrong with the value, in words; null where nothing is, or where there is none. */
export function valueProblem(field: MetadataField, value: string): string | null {
  if (value === '') return null;
  if (field.type === 'integer') {
    const number = Number(value);
    const fits = /^-?\d+$/.test(value) && number >= field.minimum && number <= field.maximum;
    return fits
      ? null
      : t('A whole number from {minimum} to {maximum}.', { minimum: field.minimum, maximum: field.maximum });
  }
  if (field.type === 'choice' || field.pattern === undefined) return null;
  return new RegExp(`^(?:${field.pattern})$`, 'u').test(value)
    ? null
    : t('Not of the right form. {help}', { help: inWords(field.help) });
}

/** A name and a value that a person adds to those of the form. */
export interface OwnValue {
  readonly name: string;
  readonly value: string;
}

/**
 * What is wrong with the name of an own value; null where nothing is, or where there is none yet. `pattern` is what the cloud
 * takes, `fields` the names that the form has a place for.
 */
export function ownNameProblem(
  { name }: OwnValue,
  rows: readonly OwnValue[],
  fields: readonly string[],
  pattern: string,
): string | null {
  if (name === '') return null;
  if (fields.includes(name)) return t('It has a field of its own above.');
  if (rows.filter((row) => row.name === name).length > 1) return t('It is there twice.');
  return new RegExp(`^(?:${pattern})$`, 'u').test(name) ? null : t('The cloud takes no such name.');
}
