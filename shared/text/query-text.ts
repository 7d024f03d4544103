/** A query in words: what it asks for, as one would say it. */
import { systemFamilies } from '../domain/guest-system.ts';
import { queryKey } from '../query/keys.ts';
import { age, stars } from '../query/quantities.ts';
import {
  conditionsOf,
  type Age,
  type CalendarDate,
  type Operator,
  type Query,
  type Term,
} from '../query/syntax.ts';
import { inEnglish } from '../in-english.ts';
import { inWords } from './in-words.ts';
import { formatBytes, formatDay, formatMonth } from './units.ts';
import { t, translate } from './words.ts';

/** `Qcow2 images larger than 20 GiB on disk, tagged “prod”`; null where nothing is asked. */
export function explainQuery(query: Query): string | null {
  if (conditionsOf(query).length === 0) return null;
  const words = phrase(query);
  return `${words[0]!.toUpperCase()}${words.slice(1)}`;
}

/** What it asks for, with the noun that it is said of. */
function phrase(query: Query): string {
  if (query.kind === 'any')
    return joined(query.parts.map(phrase), (first, second) => t('{first}, or {second}', { first, second }));
  const parts = conditionsOf(query);
  const nouns = parts.flatMap((part) => (isChoiceOf(part, 'kind') ? [either(part.values.map(nounOf))] : []));
  const formats = parts.flatMap((part) => (isChoiceOf(part, 'format') ? [either(part.values)] : []));
  const [noun = t('images'), ...otherNouns] = nouns;
  const rest = parts
    .filter((part) => !isChoiceOf(part, 'kind') && !isChoiceOf(part, 'format'))
    .map((part) => conditionWords(part));
  const clauses = [...otherNouns.map((other) => t('that are {other}', { other })), ...rest].join(', ');
  const head = formats.length === 0 ? noun : t('{formats} {noun}', { formats: formats.join(' '), noun });
  return clauses === '' ? head : t('{head} {clauses}', { head, clauses });
}

function isChoiceOf(query: Query, key: string): query is Extract<Term, { kind: 'choice' }> {
  return query.kind === 'choice' && query.key === key;
}

/** What a condition says of images: `tagged “prod”`, `not larger than 20 GiB on disk`. */
export function conditionWords(query: Query): string {
  switch (query.kind) {
    case 'not':
      return query.part.kind === 'not'
        ? conditionWords(query.part.part)
        : t('not {condition}', { condition: conditionWords(query.part) });
    case 'all':
      return `(${joined(query.parts.map(conditionWords), (first, last) => t('{first} and {last}', { first, last }))})`;
    case 'any':
      return `(${joined(query.parts.map(conditionWords), (first, last) => t('{first} or {last}', { first, last }))})`;
    case 'words':
      return query.exact
        ? t('with {text} just so', { text: inQuotes(query.text) })
        : t('with {text}', { text: inQuotes(query.text) });
    case 'choice':
      return choiceClause(query.key, query.values);
    case 'number':
      return numberClause(query.key, query.operator, query.value);
    case 'time':
      return query.key === 'modified'
        ? t('changed {time}', { time: timeWords(query.operator, query.value) })
        : t('added {time}', { time: timeWords(query.operator, query.value) });
  }
}

/** The same beside the key's own name: `larger than 20 GiB`, `in the last 7 days`. */
export function valueWords(query: Query): string {
  if (query.kind === 'time' && query.key === 'added') return timeWords(query.operator, query.value);
  if (query.kind !== 'number') return conditionWords(query);
  const size = formatBytes(query.value);
  if (query.key === 'size') return sizeWords(query.operator, size);
  return query.key === 'virtual' ? translate(virtualSizes[query.operator], { size }) : conditionWords(query);
}

function choiceClause(key: string, values: readonly string[]): string {
  const quoted = either(values.map(inQuotes));
  switch (key) {
    case 'kind':
      return either(values.map(nounOf));
    case 'format':
      return either(values);
    case 'tag':
      return t('tagged {names}', { names: quoted });
    case 'name':
      return t('with {text} in the name', { text: quoted });
    case 'path':
      return t('with {text} in the path', { text: quoted });
    case 'note':
      return t('with {text} in the note', { text: quoted });
    case 'origin':
      return either(values.map((value) => wordsIn(originWords, value) ?? value));
    case 'os':
      return t('with {systems} on them', { systems: either(values.map(systemName)) });
    case 'folder':
      return t('in {folders}', { folders: quoted });
    case 'is':
      return either(values.map((value) => wordsIn(stateWords, value) ?? choiceMeaning(key, value)));
    case 'chain':
      return either(values.map((value) => wordsIn(chainWords, value) ?? choiceMeaning(key, value)));
    default:
      return t('with the {key} {values}', {
        key,
        values: either(values.map((value) => choiceMeaning(key, value))),
      });
  }
}

function systemName(value: string): string {
  return systemFamilies.find(({ id }) => id === value.toLowerCase())?.title ?? inQuotes(value);
}

/** What a key's declaration says of a value, where it has words for it. */
function choiceMeaning(key: string, value: string): string {
  const declared = queryKey(key);
  const choice =
    declared?.takes === 'choice' ? declared.choices.find((one) => one.value === value) : undefined;
  return choice === undefined ? inQuotes(value) : inWords(choice.meaning);
}

type Words = Readonly<Record<string, string>>;

function wordsIn(words: Words, value: string): string | undefined {
  const found = words[value];
  return found === undefined ? undefined : inWords(found);
}

const nouns: Words = {
  disk: inEnglish('disks'),
  package: inEnglish('packages'),
  machine: inEnglish('machines'),
  optical: inEnglish('optical discs'),
  kernel: inEnglish('kernels'),
  ramdisk: inEnglish('RAM disks'),
};
const nounOf = (kind: string): string => wordsIn(nouns, kind.toLowerCase()) ?? inQuotes(kind);

const originWords: Words = {
  extracted: inEnglish('extracted by Platter'),
  converted: inEnglish('converted by Platter'),
  built: inEnglish('built by Platter'),
  prepared: inEnglish('prepared by Platter'),
  found: inEnglish('found in a folder'),
};

const stateWords: Words = {
  missing: inEnglish('missing from their place'),
  part: inEnglish('part of another entry'),
  incomplete: inEnglish('with a file missing'),
  duplicate: inEnglish('there more than once'),
  tagged: inEnglish('with a tag'),
  noted: inEnglish('with a note'),
};

const chainWords: Words = {
  complete: inEnglish('with a whole backing chain'),
  broken: inEnglish('with a broken backing chain'),
  unknown: inEnglish('with a backing chain that Platter cannot see'),
  none: inEnglish('without a backing chain'),
};

function numberClause(key: string, operator: Operator, value: number): string {
  const size = formatBytes(value);
  switch (key) {
    case 'rating':
      return translate(ratings[operator], { stars: inWords(stars(value)) });
    case 'size':
      return t('{bound} on disk', { bound: sizeWords(operator, size) });
    case 'virtual':
      return t('with {virtual}', { virtual: translate(virtualSizes[operator], { size }) });
    default:
      return `${key}:${operator}${value}`;
  }
}

const ratings: { readonly [One in Operator]: string } = {
  '<': inEnglish('rated fewer than {stars}'),
  '<=': inEnglish('rated {stars} or fewer'),
  '=': inEnglish('rated {stars}'),
  '>=': inEnglish('rated {stars} or more'),
  '>': inEnglish('rated more than {stars}'),
};

const sizes: { readonly [One in Operator]: string } = {
  '<': inEnglish('smaller than {size}'),
  '<=': inEnglish('of at most {size}'),
  '=': inEnglish('of exactly {size}'),
  '>=': inEnglish('of at least {size}'),
  '>': inEnglish('larger than {size}'),
};

function sizeWords(operator: Operator, size: string): string {
  return translate(sizes[operator], { size });
}

const virtualSizes: { readonly [One in Operator]: string } = {
  '<': inEnglish('a virtual size below {size}'),
  '<=': inEnglish('a virtual size of at most {size}'),
  '=': inEnglish('a virtual size of {size}'),
  '>=': inEnglish('a virtual size of at least {size}'),
  '>': inEnglish('a virtual size above {size}'),
};

function timeWords(operator: Operator, value: Age | CalendarDate): string {
  return 'date' in value ? dateWords(operator, value.date) : inWords(age(operator, value));
}

function dateWords(operator: Operator, text: string): string {
  const date = calendarWords(text);
  switch (operator) {
    case '<':
      return t('before {date}', { date });
    case '<=':
      return t('in or before {date}', { date });
    case '>=':
      return t('since {date}', { date });
    case '>':
      return t('after {date}', { date });
    case '=':
      if (text.length > 7) return t('on {date}', { date });
      return text.length > 4 ? t('in {month}', { month: date }) : t('in {year}', { year: date });
  }
}

/** `2026`, `March 2026`, `1 Mar 2026`. */
function calendarWords(date: string): string {
  if (date.length > 7) return formatDay(date);
  return date.length === 4 ? date : formatMonth(date);
}

const inQuotes = (text: string): string => t('“{text}”', { text });

/** `a`, `a or b`, `a, b or c`. */
function either(words: readonly string[]): string {
  return words.length < 2
    ? words.join('')
    : t('{first} or {last}', { first: words.slice(0, -1).join(', '), last: words[words.length - 1]! });
}

function joined(words: readonly string[], join: (first: string, last: string) => string): string {
  return words.reduce((first, last) => join(first, last));
}
