/** Whether an entry answers a query, worked out the plain way: what the index must agree with. */
import { anywhereFrom, folded, wordsOf } from '#shared/query/words.ts';
import type { AgeUnit, Operator, Query, Term } from '#shared/query/syntax.ts';

export interface EntryFacts {
  readonly kind: string;
  readonly format: string;
  readonly folder: string;
  readonly name: string;
  readonly note: string | null;
  readonly tags: readonly string[];
  readonly rating: number | null;
  readonly allocated: number | null;
  readonly virtual: number | null;
  readonly added: number;
  readonly modified: number | null;
  readonly origin: string;
  readonly missing: boolean;
  readonly duplicate: boolean;
}

export function answers(entry: EntryFacts, query: Query, now: number): boolean {
  switch (query.kind) {
    case 'all':
      return query.parts.every((part) => answers(entry, part, now));
    case 'any':
      return query.parts.some((part) => answers(entry, part, now));
    case 'not':
      return !answers(entry, query.part, now);
    default:
      return holds(entry, query, now);
  }
}

function holds(entry: EntryFacts, term: Term, now: number): boolean {
  const { folder, name, note, tags, format } = entry;
  const path = folded(`${folder}/${name}`);
  switch (term.kind) {
    case 'words':
      return inTexts(folded(term.text), [path, folded(note ?? ''), folded([...tags, format].join('\n'))]);
    case 'choice':
      return term.values.map(folded).some((value) => {
        if (term.key === 'name') return folded(name).includes(value);
        if (term.key === 'path') return path.includes(value);
        if (term.key === 'note') return note !== null && inTexts(value, [folded(note)]);
        if (term.key === 'tag') return tags.map(folded).includes(value);
        if (term.key === 'is') {
          const states = { missing: entry.missing, duplicate: entry.duplicate, noted: note !== null };
          return value === 'tagged' ? tags.length > 0 : states[value as keyof typeof states];
        }
        return entry[term.key as 'kind' | 'format' | 'origin'] === value;
      });
    case 'number': {
      const own = { size: entry.allocated, virtual: entry.virtual, rating: entry.rating }[term.key];
      return own !== null && own !== undefined && compare(own, term.operator, term.value);
    }
    case 'time': {
      const own = entry[term.key as 'added' | 'modified'];
      return own !== null && timeHolds(own, term, now);
    }
  }
}

function inTexts(wanted: string, texts: readonly string[]): boolean {
  if ([...wanted].length >= anywhereFrom) return texts.some((text) => text.includes(wanted));
  return wordsOf(wanted).every((word) =>
    texts.some((text) => wordsOf(text).some((own) => own.startsWith(word))),
  );
}

function compare(a: number, operator: Operator, b: number): boolean {
  return { '<': a < b, '<=': a <= b, '=': a === b, '>=': a >= b, '>': a > b }[operator];
}

const hours: Readonly<Record<AgeUnit, number>> = { h: 1, d: 24, w: 168, m: 720, y: 8760 };

function timeHolds(own: number, { operator, value }: Extract<Term, { kind: 'time' }>, now: number): boolean {
  if (!('date' in value)) {
    const older = now - own >= value.count * hours[value.unit] * 3_600_000;
    return operator === '>' || operator === '>=' ? older : !older;
  }
  // As it would be written, as far as the date goes.
  const at = new Date(own);
  const two = (number: number): string => String(number).padStart(2, '0');
  const written = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`.slice(
    0,
    value.date.length,
  );
  return {
    '<': written < value.date,
    '<=': written <= value.date,
    '=': written === value.date,
    '>=': written >= value.date,
    '>': written > value.date,
  }[operator];
}
