/** The query language of the library: its tree, and how it is written. `parse.ts` reads what this prints. */

export type Operator = '<' | '<=' | '=' | '>=' | '>';

/** How long ago: `7d`. */
export interface Age {
  readonly count: number;
  readonly unit: AgeUnit;
}
export type AgeUnit = 'h' | 'd' | 'w' | 'm' | 'y';

/** A day, a month or a year: `2026-03-01`, `2026-03`, `2026`. */
export interface CalendarDate {
  readonly date: string;
}

/** One condition on an entry. */
export type Term =
  /** A word begins with it, or (from three letters) holds it; `exact`: the text holds it just so. */
  | { readonly kind: 'words'; readonly text: string; readonly exact: boolean }
  /** `format:qcow2,vmdk`: one of the values. */
  | { readonly kind: 'choice'; readonly key: string; readonly values: readonly string[] }
  /** `size:>20G`, in bytes; `rating:>=3`. */
  | {
      readonly kind: 'number';
      readonly key: string;
      readonly operator: Operator;
      readonly value: number;
    }
  /** `added:<7d`, `added:>=2026-03`. */
  | {
      readonly kind: 'time';
      readonly key: string;
      readonly operator: Operator;
      readonly value: Age | CalendarDate;
    };

export type Query =
  | Term
  /** All of them; none at all is everything. */
  | { readonly kind: 'all'; readonly parts: readonly Query[] }
  | { readonly kind: 'any'; readonly parts: readonly Query[] }
  | { readonly kind: 'not'; readonly part: Query };

/** What has no condition. */
export const everything: Query = { kind: 'all', parts: [] };

/** All of the queries, without needless nesting. */
export function allOf(queries: readonly Query[]): Query {
  return joined('all', queries);
}

/** Any of the queries, without needless nesting. */
export function anyOf(queries: readonly Query[]): Query {
  return joined('any', queries);
}

function joined(kind: 'all' | 'any', queries: readonly Query[]): Query {
  const parts = queries.flatMap((query) => (query.kind === kind ? query.parts : [query]));
  return parts.length === 1 ? parts[0]! : { kind, parts };
}

/** The conditions that must all hold. */
export function conditionsOf(query: Query): readonly Query[] {
  return query.kind === 'all' ? query.parts : [query];
}

/** The query as one writes it. */
export function printQuery(query: Query): string {
  switch (query.kind) {
    case 'all':
      return query.parts.map((part) => (part.kind === 'any' ? grouped(part) : printQuery(part))).join(' ');
    case 'any':
      return query.parts.map((part) => (part.kind === 'all' ? grouped(part) : printQuery(part))).join(' OR ');
    case 'not':
      return `-${query.part.kind === 'all' || query.part.kind === 'any' ? grouped(query.part) : printQuery(query.part)}`;
    case 'words':
      return query.exact ? quoted(query.text) : query.text;
    case 'choice':
      return `${query.key}:${query.values.map(printValue).join(',')}`;
    case 'number':
      return `${query.key}:${printOperator(query.operator)}${printNumber(query.key, query.value)}`;
    case 'time':
      return `${query.key}:${printOperator(query.operator)}${'date' in query.value ? query.value.date : `${query.value.count}${query.value.unit}`}`;
  }
}

const grouped = (query: Query): string => `(${printQuery(query)})`;
const printOperator = (operator: Operator): string => (operator === '=' ? '' : operator);

/** Text between quotation marks. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** A value as it stands behind a key: quoted where it would end early. */
export function printValue(value: string): string {
  return /^[^\s",()\\<>=]+$/.test(value) ? value : quoted(value);
}

const byteUnits = ['', 'K', 'M', 'G', 'T', 'P'] as const;
/** Keys whose numbers are bytes are written with units. */
const plainNumberKeys: ReadonlySet<string> = new Set(['rating']);

function printNumber(key: string, value: number): string {
  if (plainNumberKeys.has(key)) return String(value);
  let [rest, unit] = [value, 0];
  while (rest > 0 && rest % 1024 === 0 && unit < byteUnits.length - 1) [rest, unit] = [rest / 1024, unit + 1];
  return `${rest}${byteUnits[unit]!}`;
}
