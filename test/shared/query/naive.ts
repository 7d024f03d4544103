/** Whether an entry answers a query, worked out the plain way: what the index must agree with. */
import { systemsOf } from '#shared/domain/guest-system.ts';
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
  readonly guest: string | null;
  /** The name of the file that it was made from. */
  readonly source: string | null;
  readonly missing: boolean;
  readonly duplicate: boolean;
  /** The digests that its content is known by. */
  readonly contents: readonly string[];
  readonly chain: 'none' | 'complete' | 'broken' | 'unknown';
  readonly part: boolean;
  readonly incomplete: boolean;
  /** The entries that belong to it: what is said of one of them finds the whole. */
  readonly parts: readonly EntryFacts[];
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
      return [entry, ...(speaksOfWholes(query) ? entry.parts : [])].some((one) => holds(one, query, now));
  }
}

/** Parts are listed only where a query speaks of them. */
export function asksForParts(query: Query): boolean {
  switch (query.kind) {
    case 'all':
    case 'any':
      return query.parts.some(asksForParts);
    case 'not':
      return asksForParts(query.part);
    default:
      return query.kind === 'choice' && query.key === 'is' && query.values.includes('part');
  }
}

/** What one reads in an entry's name, path, note, tags and rating, what is on it, and that it is gone: parts are not listed by themselves. */
function speaksOfWholes(term: Term): boolean {
  if (term.kind === 'words' || (term.kind === 'number' && term.key === 'rating')) return true;
  if (term.kind !== 'choice') return false;
  return ['name', 'path', 'note', 'content', 'tag', 'os'].includes(term.key);
}

function holds(entry: EntryFacts, term: Term, now: number): boolean {
  const { folder, name, note, tags, format, guest, source } = entry;
  const path = folded(`${folder}/${name}`);
  switch (term.kind) {
    case 'words': {
      const rest = [...tags, guest, format, source].filter((one) => one !== null);
      return inTexts(folded(term.text), [path, folded(note ?? ''), folded(rest.join('\n'))]);
    }
    case 'choice':
      return term.values.map(folded).some((value) => {
        if (term.key === 'name') return folded(name).includes(value);
        if (term.key === 'path') return path.includes(value);
        if (term.key === 'note') return note !== null && inTexts(value, [folded(note)]);
        if (term.key === 'content') return entry.contents.some((digest) => digest.startsWith(value));
        if (term.key === 'tag') return tags.map(folded).includes(value);
        if (term.key === 'is') {
          const states = {
            missing: entry.missing,
            duplicate: entry.duplicate,
            noted: note !== null,
            part: entry.part,
            incomplete: entry.incomplete,
          };
          if (value === 'missing' && entry.parts.some((part) => part.missing)) return true;
          if (value === 'tagged' && entry.parts.some((part) => part.tags.length > 0)) return true;
          if (value === 'noted' && entry.parts.some((part) => part.note !== null)) return true;
          return value === 'tagged' ? tags.length > 0 : states[value as keyof typeof states];
        }
        if (term.key === 'chain') return value === entry.chain;
        if (term.key === 'os') {
          const systems: readonly string[] = entry.guest === null ? [] : systemsOf(entry.guest);
          return systems.includes(value) || (entry.guest !== null && folded(entry.guest).includes(value));
        }
        if (term.key === 'folder') {
          const wanted = value.replace(/(?<=.)[/\\]$/, '');
          const own = folded(folder);
          return own === wanted || own.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`);
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
