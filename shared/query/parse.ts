/** Reading the query language. What is wrong in it is told, and the rest still means what it says: one is still typing. */
import { inEnglish, type Message } from '../in-english.ts';
import { queryKey, type QueryKey } from './keys.ts';
import { allOf, anyOf, everything, type AgeUnit, type Operator, type Query, type Term } from './syntax.ts';

/** What could not be understood, and where: offsets into the text. */
export interface QueryProblem {
  readonly text: Message;
  readonly start: number;
  readonly end: number;
}

/** A condition that must hold, and where it is written: offsets into the text. */
export interface PlacedCondition {
  readonly query: Query;
  readonly start: number;
  readonly end: number;
}

export interface ParsedQuery {
  readonly query: Query;
  readonly problems: readonly QueryProblem[];
}

/** A query is what a person types, not a program. */
export const longestQuery = 2000;
const deepest = 32;

/** Never throws: what has no meaning is searched for as words, or left out, and named among the problems. */
export function parseQuery(text: string): ParsedQuery {
  const reader = new Reader(text.slice(0, longestQuery));
  return { query: reader.read(), problems: reader.problems };
}

/** The conditions that must all hold, with their places; null where the text is a choice of several (`a OR b`). */
export function placedConditions(text: string): readonly PlacedCondition[] | null {
  const reader = new Reader(text.slice(0, longestQuery));
  reader.read();
  return reader.isChoice ? null : reader.conditions;
}

class Reader {
  /** Those that stand in no brackets. */
  readonly conditions: PlacedCondition[] = [];
  /** Whether an `OR` stands in no brackets. */
  isChoice = false;
  readonly problems: QueryProblem[] = [];
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Query {
    const parts: Query[] = [];
    for (;;) {
      parts.push(this.#alternatives());
      if (this.#at >= this.#text.length) break;
      // A closing bracket that nothing opened.
      this.#problem(inEnglish('nothing was opened here'), this.#at, this.#at + 1);
      this.#at += 1;
    }
    return allOf(parts.filter((part) => !isEmpty(part)));
  }

  #alternatives(): Query {
    const alternatives = [this.#conjunction()];
    while (this.#takeOr()) {
      if (this.#depth === 0) this.isChoice = true;
      alternatives.push(this.#conjunction());
    }
    return anyOf(alternatives.filter((one) => !isEmpty(one))) as Query;
  }

  #conjunction(): Query {
    const parts: Query[] = [];
    for (;;) {
      this.#space();
      if (this.#at >= this.#text.length || this.#text[this.#at] === ')' || this.#sees(/OR(?=[\s()]|$)/y))
        break;
      const start = this.#at;
      const item = this.#item();
      if (item === null || isEmpty(item)) continue;
      if (this.#depth === 0) this.conditions.push({ query: item, start, end: this.#at });
      parts.push(item);
    }
    return parts.length === 0 ? everything : allOf(parts);
  }

  #item(): Query | null {
    const start = this.#at;
    const next = this.#text[start + 1];
    if (this.#text[start] === '-' && next !== undefined && !/[\s)]/.test(next)) {
      this.#at += 1;
      const part = this.#nested(start, () => this.#item());
      return part === null || isEmpty(part) ? null : { kind: 'not', part };
    }
    if (this.#text[start] === '(') {
      this.#at += 1;
      const inner = this.#nested(start, () => this.#alternatives());
      if (this.#text[this.#at] === ')') this.#at += 1;
      else this.#problem(inEnglish('the bracket is not closed'), start, start + 1);
      return inner;
    }
    if (this.#text[start] === '"') return { kind: 'words', text: this.#quotation(), exact: true };
    return this.#word();
  }

  #nested(start: number, read: () => Query | null): Query | null {
    this.#depth += 1;
    try {
      if (this.#depth <= deepest) return read();
      this.#problem(inEnglish('too many brackets'), start, this.#text.length);
      this.#at = this.#text.length;
      return null;
    } finally {
      this.#depth -= 1;
    }
  }

  #word(): Query | null {
    const start = this.#at;
    const [, name] = this.#take(/([A-Za-z]+):/y) ?? [];
    const key = name === undefined ? undefined : queryKey(name.toLowerCase());
    if (key !== undefined) return this.#keyed(key, start);
    this.#at = start;
    const [text = ''] = this.#take(/[^\s"()]+/y) ?? [];
    // `https:` and `C:` are no keys that somebody meant.
    if (name !== undefined && !/^[A-Za-z]+:(?:[/\\]|$)/.test(text) && name.length > 1) {
      this.#problem(inEnglish('there is no key “{name}”', { name }), start, start + name.length + 1);
    }
    return { kind: 'words', text, exact: false };
  }

  /** `key:value`; null when no value stands there yet. */
  #keyed(key: QueryKey, start: number): Term | null {
    if (key.takes === 'value' || key.takes === 'text' || key.takes === 'choice')
      return this.#choice(key, start);
    const [raw = ''] = this.#take(/[^\s"()]*/y) ?? [];
    const [, sign = '', value = ''] = /^(<=|>=|<|>|=)?(.*)$/.exec(raw) ?? [];
    const operator = (sign === '' ? '=' : sign) as Operator;
    const term = key.takes === 'time' ? timeTerm(key.key, operator, value) : numberTerm(key, operator, value);
    if (term === null)
      this.#problem(
        inEnglish('{key}: is written like {example}', { key: key.key, example: key.example }),
        start,
        this.#at,
      );
    return term;
  }

  #choice(key: QueryKey, start: number): Term | null {
    const values: string[] = [];
    do {
      const value =
        this.#text[this.#at] === '"' ? this.#quotation() : (this.#take(/[^\s",()\\<>=]+/y)?.[0] ?? '');
      if (value !== '' && !values.includes(value)) values.push(value);
    } while (this.#take(/,/y) !== null);
    const rest = this.#take(/[^\s"()]+/y);
    const known = key.takes === 'choice' ? key.choices.map((choice) => choice.value) : null;
    const unknown = known === null ? undefined : values.find((value) => !known.includes(value));
    if (values.length === 0 || rest !== null) {
      this.#problem(
        inEnglish('{key}: is written like {example}', { key: key.key, example: key.example }),
        start,
        this.#at,
      );
    } else if (unknown !== undefined && known !== null) {
      this.#problem(
        inEnglish('{key}: takes {values}', { key: key.key, values: { listed: known } }),
        start,
        this.#at,
      );
    }
    const meant = known === null ? values : values.filter((value) => known.includes(value));
    return meant.length === 0 ? null : { kind: 'choice', key: key.key, values: meant };
  }

  /** What stands between quotation marks; one that is not closed goes to the end. */
  #quotation(): string {
    const start = this.#at;
    this.#at += 1;
    const [raw = ''] = this.#take(/(?:[^"\\]|\\.)*/sy) ?? [];
    if (this.#text[this.#at] === '"') this.#at += 1;
    else {
      // A backslash at the very end escapes nothing.
      if (this.#text[this.#at] === '\\') this.#at += 1;
      this.#problem(inEnglish('the quotation is not closed'), start, this.#text.length);
    }
    return raw.replace(/\\(.)/gs, '$1');
  }

  #takeOr(): boolean {
    this.#space();
    return this.#take(/OR(?=[\s()]|$)/y) !== null;
  }

  #space(): void {
    this.#take(/\s+/y);
  }

  #sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  #problem(text: Message, start: number, end: number): void {
    this.problems.push({ text, start, end });
  }
}

function isEmpty(query: Query): boolean {
  return (query.kind === 'all' || query.kind === 'any') && query.parts.length === 0
    ? true
    : query.kind === 'words' && query.text === '';
}

const unitExponents: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

function numberTerm(key: QueryKey, operator: Operator, text: string): Term | null {
  const pattern = key.takes === 'bytes' ? /^(\d+(?:\.\d+)?)([kmgtp]?)(?:i?b)?$/i : /^(\d+)()$/;
  const [, digits, unit = ''] = pattern.exec(text) ?? [];
  if (digits === undefined) return null;
  const value = Math.round(Number(digits) * 1024 ** unitExponents[unit.toLowerCase()]!);
  return Number.isSafeInteger(value) ? { kind: 'number', key: key.key, operator, value } : null;
}

function timeTerm(key: string, operator: Operator, text: string): Term | null {
  const [, count, unit] = /^(\d{1,6})([hdwmy])$/i.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) {
    const age = { count: Number(count), unit: unit.toLowerCase() as AgeUnit };
    return { kind: 'time', key, operator, value: age };
  }
  const isDate = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/.test(text);
  return isDate ? { kind: 'time', key, operator, value: { date: text } } : null;
}
