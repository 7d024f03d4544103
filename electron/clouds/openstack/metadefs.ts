/** A cloud's own metadata definitions (`GET /v2/metadefs/namespaces/{namespace}`) as fields. */
import type { MetadataField } from '#shared/domain/preparation.ts';

/** A namespace as Glance answers it, as far as it is read. The cloud is not trusted: everything is looked at. */
interface NamespaceAnswer {
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** More than any cloud defines. */
const mostFields = 1000;
const mostChoices = 500;
const mostText = 1000;

/** The properties of a namespace that are strings, whole numbers, booleans, or choices of those. */
export function fieldsOfNamespace(answer: unknown): readonly MetadataField[] {
  const properties = (answer as NamespaceAnswer | null)?.properties;
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(properties)
    .slice(0, mostFields)
    .flatMap(([name, value]) => fieldOf(name, value) ?? []);
}

function fieldOf(name: string, value: unknown): MetadataField | null {
  if (typeof value !== 'object' || value === null || name.length > 255) return null;
  const { title, description, type, enum: allowed, minimum, maximum } = value as Record<string, unknown>;
  const words = { name, title: shortText(title) ?? name, help: shortText(description) ?? '' };
  if (Array.isArray(allowed)) {
    const choices = allowed.filter((item) => ['string', 'number', 'boolean'].includes(typeof item));
    return { ...words, type: 'choice', choices: choices.slice(0, mostChoices).map(String) };
  }
  if (type === 'boolean') return { ...words, type: 'choice', choices: ['true', 'false'] };
  if (type === 'integer') {
    return {
      ...words,
      type: 'integer',
      minimum: Number.isSafeInteger(minimum) ? (minimum as number) : 0,
      maximum: Number.isSafeInteger(maximum) ? (maximum as number) : Number.MAX_SAFE_INTEGER,
    };
  }
  return type === 'string' ? { ...words, type: 'text' } : null;
}

const shortText = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value.slice(0, mostText) : null;
