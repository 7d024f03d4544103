/** Messages that came as data, put into the language in force. */
import type { Fact } from '../domain/image.ts';
import type { Message, MessageValue, Phrase } from '../in-english.ts';
import { isPhrase } from '../in-english.ts';
import { wordsFor } from '../language.ts';
import { formatBytes } from './units.ts';
import { t, translate } from './words.ts';

/** What the message says; a text that nobody marked as one, as a name, stays as it is. */
export function inWords(message: Message): string {
  if (typeof message === 'string') return wordsFor(message);
  const values = Object.entries(message.values).map(([name, value]) => [name, valueInWords(value)] as const);
  return translate(message.english, Object.fromEntries(values));
}

function valueInWords(value: MessageValue): string | number {
  if (typeof value !== 'object') return value;
  if ('bytes' in value) return formatBytes(value.bytes);
  if ('anyOf' in value)
    return listInWords(value.anyOf, (first, last) => t('{first} or {last}', { first, last }));
  if ('allOf' in value)
    return listInWords(value.allOf, (first, last) => t('{first} and {last}', { first, last }));
  if ('listed' in value) return value.listed.map(valueInWords).join(', ');
  return inWords(value);
}

/** `a`, `a or b`, `a, b or c`. */
function listInWords(
  items: readonly (string | Phrase)[],
  join: (first: string, last: string) => string,
): string {
  const words = items.map((item) => String(valueInWords(item)));
  return words.length < 2 ? words.join('') : join(words.slice(0, -1).join(', '), words[words.length - 1]!);
}

/** Facts as they are shown: their labels in words, and of their values those that are no texts of the image's own. */
export function factsInWords(
  facts: readonly Fact[],
): readonly { readonly label: string; readonly value: string }[] {
  return facts.map(({ label, value }) => ({
    label: inWords(label),
    value: isPhrase(value) ? inWords(value) : value,
  }));
}

/** For `JSON.stringify`: messages as the sentences that they are. */
export function messagesInWords(_key: string, value: unknown): unknown {
  return isPhrase(value) ? inWords(value) : value;
}
