/** What may come next while one types a query: keys, their values, and values that say by themselves which key they are of. */
import { asValue, inEnglish, type Message } from '../in-english.ts';
import { queryKey, queryKeys, type QueryKey } from './keys.ts';
import { printValue } from './syntax.ts';
import { examplesOf } from './value-examples.ts';
import { folded } from './words.ts';

/** A value that entries have, and how many have it. */
export interface KnownValue {
  readonly value: string;
  readonly count: number;
}

/** Which values a key is known to have. */
export type KnownValues = (key: string) => readonly KnownValue[];

export interface Completion {
  /** What takes the place of the text from `start` to `end`. */
  readonly insert: string;
  /** What is shown: `format:qcow2`. */
  readonly label: string;
  /** What it asks for. */
  readonly meaning: Message;
  /** How many entries have it; null where that is not counted. */
  readonly count: number | null;
  /** Whether the text is whole with it; after a key, its value is still to come. */
  readonly whole: boolean;
}

export interface Completions {
  readonly start: number;
  readonly end: number;
  readonly items: readonly Completion[];
}

const mostItems = 20;
/** From so many letters on, a value is offered without its key. */
const valuesFrom = 2;

/** What may stand where the caret is, the likeliest first. */
export function completionsAt(text: string, caret: number, known: KnownValues): Completions {
  const word = wordAt(text, caret);
  const typed = text.slice(word.start, caret);
  const [, name, rest = ''] = /^([A-Za-z]+):(.*)$/s.exec(typed) ?? [];
  const key = name === undefined ? undefined : queryKey(name.toLowerCase());
  if (key === undefined) {
    const items = typed.includes('"') ? [] : [...keysLike(typed), ...valuesLike(typed, known)];
    return offered(text, { ...word, items });
  }
  const valueStart = word.start + key.key.length + 1;
  const { start, items } = valuesOf(key, rest, valueStart, known);
  return offered(text, { start, end: word.end, items });
}

/** What stands there already is not offered. */
function offered(text: string, { start, end, items }: Completions): Completions {
  const there = text.slice(start, end);
  return { start, end, items: items.filter(({ insert }) => insert !== there).slice(0, mostItems) };
}

/** The text with a completion taken, and where the caret stands then. */
export function takeCompletion(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  { insert, whole }: Completion,
): { readonly text: string; readonly caret: number } {
  const after = text.slice(end);
  const space = whole && !/^[\s)]/.test(after) ? ' ' : '';
  const before = `${text.slice(0, start)}${insert}${space}`;
  const caret = whole && space === '' && after.startsWith(' ') ? before.length + 1 : before.length;
  return { text: before + after, caret };
}

/** The word that the caret stands in or behind, without the sign that negates it. */
function wordAt(text: string, caret: number): { start: number; end: number } {
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < caret; at++) {
    const letter = text[at]!;
    if (letter === '\\' && isQuoted) at += 1;
    else if (letter === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /[\s()]/.test(letter)) start = at + 1;
  }
  if (text[start] === '-' && start < caret) start += 1;
  let end = caret;
  if (isQuoted) {
    while (end < text.length && text[end] !== '"') end += 1;
    if (text[end] === '"') end += 1;
  } else while (end < text.length && !/[\s()]/.test(text[end]!)) end += 1;
  return { start, end };
}

function keysLike(typed: string): Completion[] {
  const begun = typed.toLowerCase();
  return queryKeys
    .filter(({ key }) => key.startsWith(begun))
    .map(({ key, meaning, example }) => ({
      insert: `${key}:`,
      label: `${key}:`,
      meaning: inEnglish('{meaning} – {example}', { meaning: asValue(meaning), example }),
      count: null,
      whole: false,
    }));
}

/** `deb` stands for `tag:debian` where there is such a tag. */
function valuesLike(typed: string, known: KnownValues): Completion[] {
  if ([...typed].length < valuesFrom) return [];
  return queryKeys
    .filter(({ takes }) => takes === 'value' || takes === 'choice')
    .flatMap((key) =>
      candidatesOf(key, known)
        .filter(({ value }) => folded(value).startsWith(folded(typed)))
        .map((candidate) => completionOf(key, candidate, `${key.key}:${printValue(candidate.value)}`)),
    );
}

interface Candidate {
  readonly value: string;
  readonly meaning: Message;
  readonly count: number | null;
}

/** A key's choices, or the values that entries have; the most frequent first. */
function candidatesOf(key: QueryKey, known: KnownValues): Candidate[] {
  const counts = new Map(known(key.key).map(({ value, count }) => [value, count]));
  if (key.takes !== 'choice') {
    return [...counts].map(([value, count]) => ({ value, meaning: key.meaning, count }));
  }
  return key.choices.map(({ value, meaning }) => ({
    value,
    meaning,
    count: counts.get(value) ?? null,
  }));
}

function completionOf(key: QueryKey, { value, meaning, count }: Candidate, insert: string): Completion {
  return { insert, label: `${key.key}:${printValue(value)}`, meaning, count, whole: true };
}

function valuesOf(
  key: QueryKey,
  typed: string,
  typedStart: number,
  known: KnownValues,
): { start: number; items: Completion[] } {
  if (key.takes === 'value' || key.takes === 'choice') {
    const parts = splitValues(typed);
    const last = parts[parts.length - 1]!;
    const before = parts.slice(0, -1).map(unquoted);
    const start = typedStart + typed.length - last.length;
    const begun = folded(unquoted(last));
    const candidates = candidatesOf(key, known).filter(({ value }) => !before.includes(value));
    // Those that begin with it stand before those that hold it.
    const starting = candidates.filter(({ value }) => folded(value).startsWith(begun));
    const holding = candidates.filter(({ value }) => folded(value).indexOf(begun) > 0);
    const items = [...starting, ...holding].map((candidate) =>
      completionOf(key, candidate, printValue(candidate.value)),
    );
    return { start, items };
  }
  const items = examplesOf(key, typed).map(({ value, meaning }) => ({
    insert: value,
    label: `${key.key}:${value}`,
    meaning,
    count: null,
    whole: true,
  }));
  return { start: typedStart, items };
}

/** Values parted by commas outside of quotation marks. */
function splitValues(typed: string): string[] {
  const parts = [''];
  let isQuoted = false;
  for (let at = 0; at < typed.length; at++) {
    const letter = typed[at]!;
    if (letter === '"') isQuoted = !isQuoted;
    if (letter === ',' && !isQuoted) parts.push('');
    else parts[parts.length - 1] += letter === '\\' && isQuoted ? letter + (typed[++at] ?? '') : letter;
  }
  return parts;
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.replace(/^"|"$/g, '').replace(/\\(.)/gs, '$1') : value;
}
