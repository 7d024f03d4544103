/** Writes plain values as YAML 1.1 and 1.2 alike: every text is quoted, so that none is taken for a number or a date. */

export type YamlValue =
  string | number | boolean | readonly YamlValue[] | { readonly [key: string]: YamlValue | undefined };

/** The document of a mapping, with a line feed at its end; absent values are left out. Keys are plain words. */
export function yamlDocument(mapping: { readonly [key: string]: YamlValue | undefined }): string {
  return `${mappingLines(mapping).join('\n')}\n`;
}

/** A text in double quotes, escaped as YAML and JSON both read it (YAML 1.2, 5.7 and 7.3.1). */
export function yamlText(text: string): string {
  // JSON leaves these as they are; YAML allows them nowhere, or takes them for the end of a line.
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function mappingLines(mapping: { readonly [key: string]: YamlValue | undefined }): string[] {
  return Object.entries(mapping).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (typeof value !== 'object') return [`${key}: ${scalar(value)}`];
    const lines = blockLines(value);
    return lines === null ? [`${key}: ${emptyText(value)}`] : [`${key}:`, ...indented(lines)];
  });
}

function listLines(list: readonly YamlValue[]): string[] {
  return list.flatMap((value) => {
    if (typeof value !== 'object') return [`- ${scalar(value)}`];
    const lines = blockLines(value);
    if (lines === null) return [`- ${emptyText(value)}`];
    const [first, ...others] = lines;
    return [`- ${first!}`, ...indented(others)];
  });
}

/** Null for what holds nothing: a block of no lines would read as null. */
function blockLines(value: Exclude<YamlValue, string | number | boolean>): string[] | null {
  const lines = isList(value) ? listLines(value) : mappingLines(value);
  return lines.length === 0 ? null : lines;
}

const isList = (value: YamlValue): value is readonly YamlValue[] => Array.isArray(value);
const emptyText = (value: YamlValue): string => (isList(value) ? '[]' : '{}');
const scalar = (value: string | number | boolean): string =>
  typeof value === 'string' ? yamlText(value) : String(value);
const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
