/** Properties of a cloud's image as people write them: one a line, as name=value. */
import { t } from '#shared/text/words.ts';

type Properties = Readonly<Record<string, string>>;

/** What the cloud keeps for itself is shown elsewhere. */
const isOurs = (name: string): boolean => !name.startsWith('os_glance');

/** The properties as text. */
export function propertiesText(properties: Properties): string {
  return Object.entries(properties)
    .filter(([name]) => isOurs(name))
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}

export interface ParsedProperties {
  readonly properties: Properties;
  readonly problem: string | null;
}

/** What a text says; the first line that says nothing is named. */
export function parseProperties(text: string): ParsedProperties {
  const properties: Record<string, string> = {};
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const at = line.indexOf('=');
    if (at < 1) return { properties, problem: t('Line {index} is not name=value.', { index: index + 1 }) };
    properties[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return { properties, problem: null };
}

/** From the properties that there are to those of a text: null takes one away. */
export function propertyChanges(
  before: Properties,
  text: string,
): { readonly changes: Readonly<Record<string, string | null>>; readonly problem: string | null } {
  const { properties, problem } = parseProperties(text);
  const gone = Object.keys(before).filter((name) => isOurs(name) && !(name in properties));
  const changed = Object.entries(properties).filter(([name, value]) => before[name] !== value);
  return {
    changes: { ...Object.fromEntries(gone.map((name) => [name, null])), ...Object.fromEntries(changed) },
    problem,
  };
}
