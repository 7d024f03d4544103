/** Whether an entry answers a query: one entry at a time, without an index. */
import type { AgeUnit, Operator, Query, Term } from './syntax.ts';
import { conditionsOf } from './syntax.ts';

/** What a query may ask about an entry. Sizes in bytes, times in milliseconds since 1970; null is unknown. */
export interface EntryFacts {
  readonly kind: string;
  readonly format: string;
  /** Folded. */
  readonly name: string;
  /** Folded: the folder and the name. */
  readonly path: string;
  readonly allocatedBytes: number;
  readonly virtualSizeBytes: number | null;
  readonly addedMilliseconds: number;
  readonly modifiedMilliseconds: number | null;
  readonly origin: string;
  readonly missing: boolean;
}

export interface Matching {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether words are in what an entry is found by. */
  hasWords(entry: EntryFacts, words: { readonly text: string; readonly exact: boolean }): boolean;
  isDuplicate(entry: EntryFacts): boolean;
}

export type Matcher = (entry: EntryFacts) => boolean;

/** Letters without case and accents. */
export function folded(text: string): string {
  return /^[\x20-\x7e]*$/.test(text)
    ? text.toLowerCase()
    : text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The query as a function that tells whether an entry answers it. */
export function matcherOf(query: Query, matching: Matching): Matcher {
  switch (query.kind) {
    case 'all': {
      const parts = query.parts.map((part) => matcherOf(part, matching));
      return (entry) => parts.every((part) => part(entry));
    }
    case 'any': {
      const parts = query.parts.map((part) => matcherOf(part, matching));
      return (entry) => parts.some((part) => part(entry));
    }
    case 'not': {
      const part = matcherOf(query.part, matching);
      return (entry) => !part(entry);
    }
    default:
      return termMatcher(query, matching);
  }
}

function termMatcher(term: Term, matching: Matching): Matcher {
  switch (term.kind) {
    case 'words': {
      const words = { text: folded(term.text), exact: term.exact };
      return (entry) => matching.hasWords(entry, words);
    }
    case 'choice':
      return choiceMatcher(term.key, term.values.map(folded), matching);
    case 'number':
      return compared(numbers[term.key]!, term.operator, term.value);
    case 'time':
      return timeMatcher(term, matching.now);
  }
}

const numbers: Readonly<Record<string, (entry: EntryFacts) => number | null>> = {
  size: (entry) => (entry.missing ? null : entry.allocatedBytes),
  virtual: (entry) => entry.virtualSizeBytes,
  added: (entry) => entry.addedMilliseconds,
  modified: (entry) => entry.modifiedMilliseconds,
};

function choiceMatcher(key: string, values: readonly string[], matching: Matching): Matcher {
  switch (key) {
    case 'name':
    case 'path':
      return (entry) => values.some((value) => entry[key].includes(value));
    case 'is':
      return (entry) =>
        values.some((value) => (value === 'missing' ? entry.missing : matching.isDuplicate(entry)));
    default: {
      const wanted = new Set(values);
      const valueOf = facetValues[key]!;
      return (entry) => wanted.has(valueOf(entry));
    }
  }
}

/** The keys of which an entry has one value, as it is searched and counted. */
const facetValues: Readonly<Record<string, (entry: EntryFacts) => string>> = {
  kind: (entry) => entry.kind,
  format: (entry) => entry.format,
  origin: (entry) => entry.origin,
};

/** What is unknown is neither more nor less than anything. */
function compared(valueOf: (entry: EntryFacts) => number | null, operator: Operator, value: number): Matcher {
  const test = comparisons[operator];
  return (entry) => {
    const own = valueOf(entry);
    return own !== null && test(own, value);
  };
}

const comparisons: Readonly<Record<Operator, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
  '>=': (a, b) => a >= b,
  '>': (a, b) => a > b,
};

const dayMilliseconds = 86_400_000;
const ageMilliseconds: Readonly<Record<AgeUnit, number>> = {
  h: 3_600_000,
  d: dayMilliseconds,
  w: 7 * dayMilliseconds,
  m: 30 * dayMilliseconds,
  y: 365 * dayMilliseconds,
};

/** Less than a week old is after a moment a week ago; `=` with an age is younger than it, with a date in it. */
function timeMatcher(term: Extract<Term, { kind: 'time' }>, now: number): Matcher {
  const valueOf = numbers[term.key]!;
  const { operator, value } = term;
  if (!('date' in value)) {
    const moment = now - value.count * ageMilliseconds[value.unit];
    const young = operator === '<' || operator === '<=' || operator === '=';
    return compared(valueOf, young ? '>' : '<=', moment);
  }
  const [start, end] = spanOf(value.date);
  if (operator === '<') return compared(valueOf, '<', start);
  if (operator === '<=') return compared(valueOf, '<', end);
  if (operator === '>') return compared(valueOf, '>=', end);
  if (operator === '>=') return compared(valueOf, '>=', start);
  const [begun, ended] = [compared(valueOf, '>=', start), compared(valueOf, '<', end)];
  return (entry) => begun(entry) && ended(entry);
}

/** The first millisecond of the day, month or year, and that of the next; by this machine's clock. */
function spanOf(date: string): [number, number] {
  const [year = 0, month, day] = date.split('-').map(Number);
  const start = new Date(year, (month ?? 1) - 1, day ?? 1).getTime();
  const end =
    day !== undefined
      ? new Date(year, month! - 1, day + 1)
      : month !== undefined
        ? new Date(year, month, 1)
        : new Date(year + 1, 0, 1);
  return [start, end.getTime()];
}

/** The key that a condition chooses values of; null for other conditions. */
export function chosenKey(condition: Query): string | null {
  return condition.kind === 'choice' ? condition.key : null;
}

/** The values chosen for a key by the conditions that must all hold. */
export function chosenValues(query: Query, key: string): readonly string[] {
  return conditionsOf(query).flatMap((one) => (one.kind === 'choice' && one.key === key ? one.values : []));
}
