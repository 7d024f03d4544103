/** Messages that stay English, with their values beside them as data, until `inWords` in `shared/text/in-words.ts` says them. */

/** What a message holds beside its own words: `bytes` is a size for people, `anyOf`, `allOf` and `listed` are lists (`a or b`, `a and b`, `a, b`). */
export type MessageValue =
  | string
  | number
  | Phrase
  | { readonly bytes: number }
  | { readonly anyOf: readonly (string | Phrase)[] }
  | { readonly allOf: readonly (string | Phrase)[] }
  | { readonly listed: readonly (string | Phrase)[] };

/** A message with values, in ICU's syntax. */
export interface Phrase {
  readonly english: string;
  readonly values: Readonly<Record<string, MessageValue>>;
}

/** A text by itself is a message without values, or what came from outside and has no other words. */
export type Message = string | Phrase;

/**
 * Marks English words as a message. `npm run words` puts them into the catalogue, so they have to stand here as they are: a
 * literal.
 */
export function inEnglish(english: string): string;
export function inEnglish(english: string, values: Phrase['values']): Phrase;
export function inEnglish(english: string, values?: Phrase['values']): Message {
  return values === undefined ? english : { english, values };
}

/** A message as a value in another one, where a text would be a name, which is the same in every language. */
export function asValue(message: Message): Phrase {
  return typeof message === 'string' ? { english: message, values: {} } : message;
}

export function isPhrase(value: unknown): value is Phrase {
  return typeof value === 'object' && value !== null && 'english' in value && 'values' in value;
}

/** For logs, `JSON.stringify` puts names and numbers into the English words; counts and lists come as they are. */
export function filledIn(_key: string, value: unknown): unknown {
  if (!isPhrase(value)) return value;
  const { english, values } = value;
  return english.replace(/\{(\w+)\}/g, (place, name: string) => {
    const held = isPhrase(values[name]) ? filledIn(name, values[name]) : values[name];
    if (typeof held === 'string' || typeof held === 'number') return String(held);
    return held === undefined ? place : JSON.stringify(held, filledIn);
  });
}
