/** Everything that is said to people: English messages in ICU MessageFormat, put into the language in force. */
import { parse, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { formatToParts } from 'intl-messageformat';
import { formatNumber, language, pluralOf, wordsFor } from '../language.ts';

/** What stands in a message for `{name}`; a count for `{count, plural, one {# image} other {# images}}`. */
export type Values = Readonly<Record<string, string | number>>;

/** Messages that were read once, by their text. */
const parsed = new Map<string, readonly MessageFormatElement[]>();

/** Plurals and numbers by our own means: Intl's would be made anew for each language, and take their time to begin with. */
const formatters = {
  getNumberFormat: () => ({ format: formatNumber }),
  getPluralRules: () => ({ select: pluralOf }),
  getDateTimeFormat: () => {
    throw new Error('Dates come as text, from shared/text/units.ts.');
  },
} as unknown as Parameters<typeof formatToParts>[2];
const noFormats = { number: {}, date: {}, time: {} };

/**
 * A message in the language in force. The English one is its key, so it has to stand here as it is: a literal, which
 * `npm run words` finds.
 */
export function t(english: string, values?: Values): string {
  return translate(english, values);
}

/** The same for a message that comes as data, written with `inEnglish` where it is declared; words nobody knows stay as they are. */
export function translate(english: string, values?: Values): string {
  const message = wordsFor(english);
  if (!/[{}']/.test(message)) return message;
  return formatToParts([...parsedMessage(message)], language(), formatters, noFormats, { ...values })
    .map(({ value }) => String(value))
    .join('');
}

function parsedMessage(message: string): readonly MessageFormatElement[] {
  let elements = parsed.get(message);
  if (elements === undefined) {
    // What looks like a tag is text.
    elements = parse(message, { ignoreTag: true });
    parsed.set(message, elements);
  }
  return elements;
}
