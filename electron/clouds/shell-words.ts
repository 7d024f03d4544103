/** Commands for a POSIX shell and values for Terraform, written so that no name in them can mean anything else. */

/** Text that the shell shall read itself: a variable, a substitution. */
export interface ShellText {
  readonly shell: string;
}

/** What a shell takes for itself alone, without quotes. */
const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** The word in single quotes where it needs any (POSIX.1-2017, Shell Command Language, 2.2.2). */
export function quoted(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A variable's value as one word. */
export const variable = (name: string): ShellText => ({ shell: `"$${name}"` });

/** A command line of these words; long ones go on in the next line before an option. */
export function command(...words: readonly (string | ShellText)[]): string {
  const texts = words.map((word) => (typeof word === 'string' ? quoted(word) : word.shell));
  const line = texts.join(' ');
  if (line.length <= 100) return line;
  return texts.reduce((text, word) => (word.startsWith('--') ? `${text} \\\n  ${word}` : `${text} ${word}`));
}

/** `NAME=$(command)`. */
export const assigned = (name: string, line: string): string => `${name}=$(${line})`;

/** Stops where the variable is not set, and says what it is. `meaning` goes into double quotes: it holds none, and no `$`. */
export function required(name: string, meaning: string): string {
  return `: "\${${name}:?${meaning}}"`;
}

/** A file in the folder that the commands run in, as no command can take it for an option. */
export const local = (fileName: string): string => `./${fileName}`;

/** A string of Terraform's language: its templates begin with `${` and `%{`. */
export function terraformString(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, '$&$&');
}

/** What a value of Terraform may be: text, or an expression that stands as it is. */
export type TerraformValue = string | number | boolean | { readonly expression: string };

/** `resource "type" "image" { … }`. Values are strings unless they are of another kind; blocks are nested. */
export function terraformBlock(
  head: string,
  values: Readonly<Record<string, TerraformValue | null>>,
  blocks: readonly string[] = [],
): string {
  const present = Object.entries(values).filter(
    (entry): entry is [string, TerraformValue] => entry[1] !== null,
  );
  const width = Math.max(0, ...present.map(([name]) => name.length));
  const lines = present.map(([name, value]) => `  ${name.padEnd(width)} = ${terraformValue(value)}`);
  const nested = blocks.map((block) => block.replaceAll(/^(?=.)/gm, '  '));
  return [`${head} {`, ...lines, ...nested, '}'].join('\n');
}

function terraformValue(value: TerraformValue): string {
  if (typeof value === 'string') return terraformString(value);
  return typeof value === 'object' ? value.expression : String(value);
}

/** `{ name = "value" }` over several lines. */
export function terraformMap(values: Readonly<Record<string, string>>): TerraformValue {
  const lines = Object.entries(values).map(
    ([name, value]) => `    ${terraformString(name)} = ${terraformString(value)}`,
  );
  return { expression: ['{', ...lines, '  }'].join('\n') };
}

/** A variable that whoever runs Terraform gives. */
export function terraformVariable(name: string, description: string): string {
  return terraformBlock(`variable "${name}"`, { type: { expression: 'string' }, description });
}
