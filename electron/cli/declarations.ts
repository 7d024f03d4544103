/** What the drivers and builders declare, in words: `platter formats`, and the help of the commands that write. */
import { inWords, messagesInWords } from '#shared/text/in-words.ts';
import type { BuilderDescription } from '#shared/domain/build.ts';
import type { FormatDescription, OptionDeclaration } from '#shared/domain/format.ts';
import type { CloudDescription } from '#shared/domain/preflight.ts';
import type { ExitCode } from './session.ts';

/** What the help texts are made of. */
export interface Declarations {
  readonly formats: readonly FormatDescription[];
  readonly builders: readonly BuilderDescription[];
  readonly clouds: readonly CloudDescription[];
}

/** Asks the drivers, the builders and the rules of clouds. */
export async function declared(): Promise<Declarations> {
  const { describeFormats } = await import('#engine/operations/formats.ts');
  const { describeBuilders } = await import('#engine/operations/build.ts');
  const { describeClouds } = await import('../clouds/preflight.ts');
  return { formats: describeFormats(), builders: describeBuilders(), clouds: describeClouds() };
}

/** `platter formats`. */
export async function formats(options: { readonly json?: boolean }): Promise<ExitCode> {
  const { formats, builders } = await declared();
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ formats, builders }, messagesInWords)}\n`
      : `${formatLines(formats)}\n${builderLines(builders)}`,
  );
  return 0;
}

/** A line for each format, variant and option. */
export function formatLines(formats: readonly FormatDescription[]): string {
  return formats
    .flatMap(({ id, title, extensions, creation }) => [
      `${id.padEnd(10)} ${title}${extensions.length === 0 ? '' : ` (.${extensions.join(', .')})`}${creation === null ? ', read only' : ''}`,
      ...(creation?.variants ?? []).map(
        (variant) => `  --variant ${variant.id.padEnd(20)} ${inWords(variant.help)}`,
      ),
      ...(creation?.options ?? []).map(
        (option) => `  -o ${optionWords(option).padEnd(27)} ${inWords(option.help)}`,
      ),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

/** A line for each builder and field. */
export function builderLines(builders: readonly BuilderDescription[]): string {
  return builders
    .flatMap(({ id, title, help, fields }) => [
      `${id.padEnd(15)} ${title}: ${help}`,
      ...fields.map((field) => `  --set ${optionWords(field).padEnd(27)} ${inWords(field.help)}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

/** A line for each cloud and hypervisor. */
export function cloudLines(clouds: readonly CloudDescription[]): string {
  return clouds.map(({ id, title, takes }) => `${id.padEnd(13)} ${title}: ${takes}\n`).join('');
}

function optionWords(option: OptionDeclaration): string {
  const choices =
    option.type === 'choice' && option.choices.length <= 8 ? ` (${option.choices.join('|')})` : '';
  return `${option.name}=${option.default}${choices}`;
}
