/** The messages that the sources say, and what is wrong with how they say them. */
import {
  parse,
  isArgumentElement,
  isPluralElement,
  isSelectElement,
  type MessageFormatElement,
} from '@formatjs/icu-messageformat-parser';
import {
  isNode,
  literalText,
  messageArguments,
  placeOf,
  walkTree,
  type ParsedFile,
  type SyntaxNode,
} from './syntax.ts';

export interface Messages {
  /** English messages, each with the places that say it. */
  readonly places: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly string[];
}

export function messagesIn(files: readonly ParsedFile[]): Messages {
  const places = new Map<string, string[]>();
  const problems: string[] = [];
  for (const file of files) {
    // These two pass on what others say.
    if (file.path === 'shared/text/words.ts' || file.path === 'shared/in-english.ts') continue;
    walkTree(file.root, (node) => {
      const [first, values] = messageArguments(node) ?? [];
      if (first === undefined) return;
      const place = placeOf(file, node);
      const message = literalText(first);
      if (message === null) {
        problems.push(`${place}: a message has to be one literal`);
        return;
      }
      places.set(message, [...(places.get(message) ?? []), place]);
      const problem = messageProblem(message) ?? valuesProblem(message, node, values);
      if (problem !== null) problems.push(`${place}: ${problem}: ${message}`);
    });
  }
  return { places, problems };
}

/** Why a message cannot be read; null where it can. */
export function messageProblem(message: string): string | null {
  try {
    argumentsOf(message);
    return null;
  } catch (error) {
    return `not ICU MessageFormat (${(error as Error).message})`;
  }
}

/** The names of the values that a message wants, each with how it is used, in their order. */
export function argumentsOf(message: string): readonly string[] {
  return [...new Set(argumentsIn(parse(message, { ignoreTag: true, requiresOtherClause: true })))].sort();
}

function argumentsIn(elements: readonly MessageFormatElement[]): string[] {
  return elements.flatMap((element) => {
    if (isArgumentElement(element)) return [element.value];
    if (!isPluralElement(element) && !isSelectElement(element)) return [];
    return [element.value, ...Object.values(element.options).flatMap(({ value }) => argumentsIn(value))];
  });
}

/** What a call of t() gives that its message does not want, or the other way round. */
function valuesProblem(message: string, call: SyntaxNode, values: unknown): string | null {
  if ((call['callee'] as SyntaxNode)['name'] !== 't') return null;
  const given = givenValues(values);
  if (given === null) return null;
  const wanted = argumentsOf(message);
  return [...given].sort().join() === wanted.join()
    ? null
    : `wants {${wanted.join(', ')}} and is given {${given.join(', ')}}`;
}

/** The names of the values in an object that is written out; null where only the running program knows. */
function givenValues(values: unknown): readonly string[] | null {
  if (values === undefined) return [];
  if (!isNode(values) || values.type !== 'ObjectExpression') return null;
  const names = (values['properties'] as SyntaxNode[]).map(({ key }) =>
    isNode(key) && key.type === 'Identifier' ? String(key['name']) : literalText(key),
  );
  return names.every((name) => name !== null) ? names : null;
}

/** What is wrong with another language's words for the messages of the sources. */
export function catalogueProblems(
  messages: Messages,
  catalogue: Readonly<Record<string, string>>,
): readonly string[] {
  const keys = Object.keys(catalogue);
  const missing = [...messages.places]
    .filter(([message]) => !Object.hasOwn(catalogue, message))
    .map(([message, places]) => `missing (${places[0]!}): ${message}`);
  const extra = keys.filter((key) => !messages.places.has(key)).map((key) => `said nowhere: ${key}`);
  const wrong = keys
    .filter((key) => messages.places.has(key))
    .flatMap((key) => translationProblem(key, catalogue[key]!) ?? []);
  const sorted = [...keys].sort();
  const order = keys.findIndex((key, index) => key !== sorted[index]);
  return [...missing, ...extra, ...wrong, ...(order < 0 ? [] : [`not in order: ${keys[order]!}`])];
}

function translationProblem(english: string, translated: string): string | null {
  if (translated === '') return `empty: ${english}`;
  const problem = messageProblem(translated) ?? messageProblem(english);
  if (problem !== null) return `${problem}: ${translated}`;
  const [wanted, used] = [argumentsOf(english).join(', '), argumentsOf(translated).join(', ')];
  return wanted === used ? null : `has {${used}} in place of {${wanted}}: ${translated}`;
}
