/** Changes to a query's text that leave everything else in it as the person wrote it: what a click on a filter does. */
import { parseQuery, placedConditions, type PlacedCondition } from './parse.ts';
import { printQuery, type Query, type Term } from './syntax.ts';

/** A condition on a key, wherever it came from. */
export type KeyedTerm = Extract<Term, { readonly key: string }>;

/** The values of a key that the text asks for; a negation, and what stands in brackets, asks for none. */
export function chosenValues(text: string, key: string): readonly string[] {
  return termsOf(text, key).flatMap(({ term }) => (term.kind === 'choice' ? term.values : []));
}

/** The values of a key that the text excludes: `-format:raw`. */
export function excludedValues(text: string, key: string): readonly string[] {
  return conditionsIn(text).flatMap(({ query }) =>
    query.kind === 'not' && query.part.kind === 'choice' && query.part.key === key ? query.part.values : [],
  );
}

/** The text with a value of a key more, or, where it asks for it already, without it. */
export function toggledValue(typed: string, key: string, value: string): string {
  const text = whole(typed);
  const terms = termsOf(text, key).filter(({ term }) => term.kind === 'choice');
  if (chosenValues(text, key).includes(value)) {
    return terms.reduceRight((changed, placed) => {
      if (placed.term.kind !== 'choice' || !placed.term.values.includes(value)) return changed;
      const values = placed.term.values.filter((one) => one !== value);
      return replaced(changed, placed, values.length === 0 ? null : { ...placed.term, values });
    }, text);
  }
  const first = terms[0];
  return first?.term.kind === 'choice'
    ? replaced(text, first, { ...first.term, values: [...first.term.values, value] })
    : joined(text, { kind: 'choice', key, values: [value] });
}

/** The text with this condition on its key and no other one; null: with none. */
export function withCondition(typed: string, key: string, term: KeyedTerm | null): string {
  const text = whole(typed);
  const terms = termsOf(text, key);
  const without = terms.reduceRight(
    (changed, placed, index) => replaced(changed, placed, index === 0 ? term : null),
    text,
  );
  return terms.length > 0 || term === null ? without : joined(text, term);
}

/** The conditions on a key that the text asks for, negations left out. */
export function conditionsOn(text: string, key: string): readonly KeyedTerm[] {
  return termsOf(text, key).map(({ term }) => term);
}

/** The text with a piece of it replaced. */
export function spliced(text: string, start: number, end: number, by: string): string {
  return `${text.slice(0, start)}${by}${text.slice(end)}`;
}

/** The text with another word in the place of one that stands by itself; unchanged where it does not. */
export function withWord(text: string, word: string, by: string): string {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`(^|[\\s(-])${escaped}(?=[\\s)]|$)`), (_, before: string) => before + by);
}

/** The text of a query that asks for both. */
export function joinedQueries(first: string, second: string): string {
  const parts = [first, second].map((text) => whole(text).trim()).filter((text) => text !== '');
  if (parts.length < 2) return parts.join('');
  return parts.map((text) => (placedConditions(text) === null ? `(${text})` : text)).join(' ');
}

function conditionsIn(text: string): readonly PlacedCondition[] {
  return placedConditions(whole(text)) ?? [];
}

function termsOf(text: string, key: string): { term: KeyedTerm; start: number; end: number }[] {
  return conditionsIn(text).flatMap(({ query, start, end }) =>
    'key' in query && query.key === key ? [{ term: query, start, end }] : [],
  );
}

function replaced(text: string, { start, end }: { start: number; end: number }, by: Query | null): string {
  // Brackets that parted it from its neighbours go with it.
  const before = text.slice(0, start).replace(/(?<=[^\s(])$/, ' ');
  const after = text.slice(end).replace(/^(?=[^\s)])/, ' ');
  if (by !== null) return `${before}${printQuery(by)}${after}`;
  // The space that parted it from what follows goes with it.
  const rest = after.replace(/^\s+/, '');
  return rest === '' ? before.trimEnd() : before + rest;
}

/** A choice of several goes into brackets, so that the new condition holds for all of it. */
function joined(text: string, term: Term): string {
  const written = printQuery(term);
  const before = text.trim();
  if (before === '') return written;
  return placedConditions(before) === null ? `(${before}) ${written}` : `${before} ${written}`;
}

/**
 * The text as it is where it can be added to; what ends within a quotation or a bracket would swallow what comes next, and is
 * written out anew.
 */
function whole(text: string): string {
  const { query, problems } = parseQuery(text);
  const isOneChoice = placedConditions(text) === null && query.kind !== 'any';
  return problems.length > 0 || isOneChoice ? printQuery(query) : text;
}
