/** The language in force: which one it is, its words, and how it writes numbers. One for the whole process or window. */

/** Languages that Platter speaks, by their BCP 47 tag, each with the name that it has for itself. */
export const languageNames = { en: 'English', de: 'Deutsch' } as const;

export type Language = keyof typeof languageNames;

export const languages = Object.keys(languageNames) as readonly Language[];

/** English messages and what they are in another language. English itself has none: the sources are its words. */
export type Catalogue = Readonly<Record<string, string>>;

interface InForce {
  readonly language: Language;
  readonly catalogue: Catalogue;
  /** What stands between thousands, and what before decimals. */
  readonly group: string;
  readonly decimal: string;
  /** The category of a count, by the names that ICU's plurals have. */
  readonly pluralOf: (count: number) => string;
}

/** Written out, since Intl takes 40 ms to begin with: the command line, which speaks English, never waits for it. */
const english: InForce = {
  language: 'en',
  catalogue: {},
  group: ',',
  decimal: '.',
  pluralOf: (count) => (count === 1 ? 'one' : 'other'),
};

let inForce = english;

export const language = (): Language => inForce.language;

/** Everything that is said from here on is in `chosen`. Who wants the catalogue fetched, too, calls `speak`. */
export function setLanguage(chosen: Language, catalogue: Catalogue): void {
  if (chosen === 'en') {
    inForce = english;
    return;
  }
  const parts = new Intl.NumberFormat(chosen, { useGrouping: true }).formatToParts(1_234_567.8);
  const sign = (type: 'group' | 'decimal'): string => parts.find((part) => part.type === type)!.value;
  const plurals = new Intl.PluralRules(chosen);
  inForce = {
    language: chosen,
    catalogue,
    group: sign('group'),
    decimal: sign('decimal'),
    pluralOf: (count) => plurals.select(count),
  };
}

/** What an English message is in the language in force; itself where that has no words for it. */
export function wordsFor(message: string): string {
  return Object.hasOwn(inForce.catalogue, message) ? inForce.catalogue[message]! : message;
}

export const pluralOf = (count: number): string => inForce.pluralOf(count);

/** A number as the language writes it, with its thousands apart and as many decimals as it has: `1,610,612.5`. */
export function formatNumber(value: number): string {
  const [whole, decimals] = String(value).split('.');
  const grouped = whole!.replace(/\B(?=(?:\d{3})+$)/g, inForce.group);
  return decimals === undefined ? grouped : `${grouped}${inForce.decimal}${decimals}`;
}

/** The first of the languages that somebody reads, best first, that Platter speaks; else English. */
export function languageAmong(tags: readonly string[]): Language {
  for (const tag of tags) {
    const match = languages.find((name) => tag.toLowerCase().split('-')[0] === name);
    if (match !== undefined) return match;
  }
  return 'en';
}
