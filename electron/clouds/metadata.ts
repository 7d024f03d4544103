/** Metadata of images: what is proposed, what a person says instead, and whether a cloud takes it. */
import type { Metadata, MetadataField, MetadataProposal } from '#shared/domain/preparation.ts';
import { Failure } from '#shared/failure.ts';
import type { Preparation } from './preparation.ts';

/**
 * The proposals, with what was said in their place; '' leaves a value out.
 * @throws Failure `input.invalid` for a name that the cloud does not have, or a value that it does not take.
 */
export function joinMetadata(
  { fields, ownNames }: Pick<Preparation, 'fields' | 'ownNames'>,
  proposals: readonly MetadataProposal[],
  given: Metadata,
): Metadata {
  for (const [name, value] of Object.entries(given)) {
    const problem =
      value === '' ? nameProblem(fields, ownNames, name) : metadataProblem(fields, ownNames, name, value);
    if (problem !== null) throw new Failure('input.invalid', { problem });
  }
  const proposed = Object.fromEntries(proposals.map(({ name, value }) => [name, value]));
  const joined = Object.entries({ ...proposed, ...given }).filter(([, value]) => value !== '');
  return Object.fromEntries(joined);
}

/** Why the cloud does not take the value; null where it does. */
export function metadataProblem(
  fields: readonly MetadataField[],
  ownNames: RegExp | null,
  name: string,
  value: string,
): string | null {
  const field = fields.find((candidate) => candidate.name === name);
  if (field === undefined) return nameProblem(fields, ownNames, name);
  switch (field.type) {
    case 'choice':
      return field.choices.includes(value)
        ? null
        : `${name} is one of ${field.choices.join(', ')}, not "${value}"`;
    case 'integer': {
      const number = Number(value);
      const { minimum, maximum } = field;
      if (/^-?\d+$/.test(value) && number >= minimum && number <= maximum) return null;
      return `${name} is a whole number from ${minimum} to ${maximum}, not "${value}"`;
    }
    case 'text':
      if (field.pattern === undefined || new RegExp(`^(?:${field.pattern})$`, 'u').test(value)) return null;
      return `${name} does not take "${value}": ${field.help}`;
  }
}

function nameProblem(fields: readonly MetadataField[], ownNames: RegExp | null, name: string): string | null {
  if (fields.some((field) => field.name === name) || (ownNames?.test(name) ?? false)) return null;
  const known = fields.map((field) => field.name).join(', ') || 'none';
  return `there is no metadata "${name}"; there is ${known}`;
}
