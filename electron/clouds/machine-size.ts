/** Memory and processors of a machine, as hypervisors ask for them: the fields, and what the package says. */
import type { MetadataField, MetadataProposal } from '#shared/domain/preparation.ts';
import type { PreflightFacts } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import { proposal, type Answer } from './guest-words.ts';

type IntegerField = Extract<MetadataField, { type: 'integer' }>;

/** Bounds in MiB. */
export const memoryField = (name: string, minimum: number, maximum: number): IntegerField => ({
  name,
  title: inEnglish('Memory in MiB'),
  help: inEnglish('Of the machine.'),
  type: 'integer',
  minimum,
  maximum,
});

export const processorsField = (name: string, maximum: number): IntegerField => ({
  name,
  title: inEnglish('Processors'),
  help: inEnglish('Of the machine.'),
  type: 'integer',
  minimum: 1,
  maximum,
});

/** What the package says under the name of `field`, a memoryField(). */
export function proposeMemory(
  { name, minimum }: IntegerField,
  { machine }: PreflightFacts,
): readonly MetadataProposal[] {
  const bytes = machine?.memoryBytes ?? null;
  return proposal(name, bytes === null ? null : stated(Math.max(minimum, Math.round(bytes / 2 ** 20))));
}

/** What the package says under the name of `field`, a processorsField(). */
export function proposeProcessors(
  { name, maximum }: IntegerField,
  { machine }: PreflightFacts,
): readonly MetadataProposal[] {
  const count = machine?.vcpus ?? null;
  return proposal(name, count === null ? null : stated(Math.min(maximum, count)));
}

const stated = (value: number): Answer<string> => ({
  value: String(value),
  reason: inEnglish('The package says so.'),
});
