/** Metadata of images: what is proposed, what a person says instead, and whether a cloud takes it. */
import type {
  LiveDefinitions,
  Metadata,
  MetadataConcern,
  MetadataDescription,
  MetadataField,
  MetadataProposal,
} from '#shared/domain/preparation.ts';
import type { PreflightFacts } from '#shared/domain/preflight.ts';
import { Failure } from '#shared/failure.ts';
import { asValue, inEnglish, type Message } from '#shared/in-english.ts';
import type { Preparation } from './preparation.ts';

/** What can be said about metadata at a cloud. */
export type MetadataRules = Pick<Preparation, 'fields' | 'ownNames' | 'ownValues'>;

/** What a cloud itself says of its metadata. */
export interface KnownDefinitions {
  /** Those of the documents where it was not asked. */
  readonly fields?: readonly MetadataField[];
  readonly live?: LiveDefinitions | null;
}

/**
 * What a form shows, and what comes of what it says. Without facts nothing is proposed.
 * @throws Failure as joinMetadata().
 */
export function describeMetadata(
  preparation: Preparation,
  facts: PreflightFacts | null,
  given: Metadata,
  { fields = preparation.fields, live = null }: KnownDefinitions,
): MetadataDescription {
  const names = new Set(fields.map((field) => field.name));
  const proposals =
    facts === null ? [] : preparation.propose(facts).filter((proposal) => names.has(proposal.name));
  const metadata = joinMetadata({ ...preparation, fields }, proposals, given);
  return {
    fields,
    proposals,
    ownNames: preparation.ownNames?.source ?? null,
    ownValues: preparation.ownValues,
    concerns: [...unknownValues(fields, metadata), ...preparation.concerns(metadata)],
    metadata,
    live,
  };
}

/**
 * The known fields with what the cloud says of them, then those that only the cloud has. Both know values that the other
 * does not: a cloud's definitions are of another day than its services. Titles and explanations stay ours.
 */
export function withLive(
  known: readonly MetadataField[],
  live: readonly MetadataField[],
): readonly MetadataField[] {
  const byName = new Map(live.map((field) => [field.name, field]));
  const joined = known.map((field) => {
    const other = byName.get(field.name);
    if (other === undefined || other.type !== 'choice') return field;
    const own = field.type === 'choice' ? field.choices : [];
    const { name, title, help } = field;
    return { name, title, help, type: 'choice', choices: [...new Set([...other.choices, ...own])] } as const;
  });
  const names = new Set(known.map(({ name }) => name));
  return [...joined, ...live.filter(({ name }) => !names.has(name))];
}

/** One line without control characters. */
const ownValue = /^\P{Cc}{1,255}$/u;

/**
 * The proposals, with what was said in their place; '' leaves a value out.
 * @throws Failure `input.invalid` for a name that the cloud does not have, or a value that it does not take.
 */
export function joinMetadata(
  rules: MetadataRules,
  proposals: readonly MetadataProposal[],
  given: Metadata,
): Metadata {
  for (const [name, value] of Object.entries(given)) {
    const problem = value === '' ? nameProblem(rules, name) : metadataProblem(rules, name, value);
    if (problem !== null) throw new Failure('input.invalid', { problem });
  }
  const proposed = Object.fromEntries(proposals.map(({ name, value }) => [name, value]));
  const joined = Object.entries({ ...proposed, ...given }).filter(([, value]) => value !== '');
  return Object.fromEntries(joined);
}

/** Why the cloud does not take the value; null where it does. */
export function metadataProblem(rules: MetadataRules, name: string, value: string): Message | null {
  const field = rules.fields.find((candidate) => candidate.name === name);
  if (field === undefined) return nameProblem(rules, name);
  switch (field.type) {
    case 'choice':
      if (field.choices.includes(value) || (rules.ownValues && ownValue.test(value))) return null;
      return inEnglish('{name} is one of {choices}, not "{value}"', {
        name,
        choices: field.choices.join(', '),
        value,
      });
    case 'integer': {
      const number = Number(value);
      const { minimum, maximum } = field;
      if (/^-?\d+$/.test(value) && number >= minimum && number <= maximum) return null;
      return inEnglish('{name} is a whole number from {minimum} to {maximum}, not "{value}"', {
        name,
        minimum,
        maximum,
        value,
      });
    }
    case 'text':
      if (field.pattern === undefined || new RegExp(`^(?:${field.pattern})$`, 'u').test(value)) return null;
      return inEnglish('{name} does not take "{value}": {help}', { name, value, help: asValue(field.help) });
  }
}

/** Values that a choice does not list: what is said of each. */
export function unknownValues(
  fields: readonly MetadataField[],
  metadata: Metadata,
): readonly MetadataConcern[] {
  return fields.flatMap((field) => {
    const value = metadata[field.name];
    if (value === undefined || field.type !== 'choice' || field.choices.includes(value)) return [];
    const message = inEnglish('“{value}” is none of the values that are known for it: {choices}.', {
      value,
      choices: field.choices.join(', '),
    });
    return [{ name: field.name, message, source: null }];
  });
}

function nameProblem({ fields, ownNames }: MetadataRules, name: string): Message | null {
  if (fields.some((field) => field.name === name) || (ownNames?.test(name) ?? false)) return null;
  if (fields.length === 0) return inEnglish('there is no metadata "{name}"; there is none', { name });
  return inEnglish('there is no metadata "{name}"; there is {known}', {
    name,
    known: fields.map((field) => field.name).join(', '),
  });
}
