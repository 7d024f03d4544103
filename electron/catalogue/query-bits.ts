/** A query as the set of slots whose entries answer it: each condition by itself, then joined. */
import { folded } from '#shared/query/words.ts';
import type { AgeUnit, Operator, Query, Term } from '#shared/query/syntax.ts';
import { Bits } from './bits.ts';
import type { CodedColumn, EntryColumns, NumberColumn } from './entry-columns.ts';
import type { EntryText } from './entry-text.ts';

/** A word that no entry holds, and those that were searched instead. */
export interface Correction {
  readonly word: string;
  readonly instead: readonly string[];
}

export interface QueryParts {
  readonly columns: EntryColumns;
  readonly text: EntryText;
  /** The ids of the tags, by folded name. */
  readonly tags: ReadonlyMap<string, number>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export class QueryBits {
  readonly #parts: QueryParts;
  readonly corrections: Correction[] = [];
  /** Inside a negation nothing is corrected: it would take away what nobody meant. */
  #negated = 0;

  constructor(parts: QueryParts) {
    this.#parts = parts;
  }

  /** The slots of the entries that answer; the set is the caller's. */
  of(query: Query): Bits {
    const { live } = this.#parts.columns;
    switch (query.kind) {
      case 'all':
        return query.parts.reduce((bits, part) => bits.and(this.of(part)), live.copy());
      case 'any':
        return query.parts.reduce((bits, part) => bits.or(this.of(part)), this.#none());
      case 'not':
        this.#negated += 1;
        try {
          return live.copy().andNot(this.of(query.part));
        } finally {
          this.#negated -= 1;
        }
      default:
        return this.#term(query);
    }
  }

  #none(): Bits {
    return new Bits(this.#parts.columns.ids.length);
  }

  #term(term: Term): Bits {
    switch (term.kind) {
      case 'words':
        return this.#words(term);
      case 'choice':
        return this.#choice(term.key, term.values.map(folded));
      case 'number':
        return this.#compared(numberColumns[term.key]!, term.operator, term.value);
      case 'time':
        return this.#time(term);
    }
  }

  #words({ text, exact }: Extract<Term, { kind: 'words' }>): Bits {
    const word = folded(text);
    const found = this.#holding(word, null);
    if (!found.isEmpty || exact || this.#negated > 0) return found;
    const instead = this.#parts.text.similar(word);
    if (instead.length === 0) return found;
    this.corrections.push({ word: text, instead });
    for (const one of instead) found.or(this.#holding(one, null));
    return found;
  }

  #holding(text: string, part: 'note' | null): Bits {
    const { columns, text: index } = this.#parts;
    const ids = index.find(text, part);
    if (ids === null) return part === 'note' ? columns.noted.copy().and(columns.live) : columns.live.copy();
    const bits = this.#none();
    for (const id of ids) {
      const slot = columns.slotOf(id);
      if (slot !== undefined) bits.add(slot);
    }
    return bits;
  }

  #choice(key: string, values: readonly string[]): Bits {
    const { columns, tags } = this.#parts;
    const coded = codedColumns[key];
    if (coded !== undefined) return this.#coded(coded, values);
    const bits = this.#none();
    switch (key) {
      case 'name':
        columns.live.forEach((slot) => {
          if (values.some((value) => columns.names[slot]!.includes(value))) bits.add(slot);
        });
        return bits;
      case 'path':
        return values.reduce((found, value) => found.or(this.#inPath(value)), bits);
      case 'note':
        return values.reduce((found, value) => found.or(this.#holding(value, 'note')), bits);
      case 'tag':
        for (const value of values) {
          const tagged = columns.tagged.get(tags.get(value) ?? -1);
          if (tagged !== undefined) bits.or(tagged);
        }
        return bits.and(columns.live);
      default:
        return values.reduce((found, value) => found.or(this.#state(value)), bits).and(columns.live);
    }
  }

  /** Folders are few: they are looked at once each. */
  #inPath(value: string): Bits {
    const { columns } = this.#parts;
    const inFolder = columns.folders.texts.map((folder) => folder.includes(value));
    const bits = this.#none();
    columns.live.forEach((slot) => {
      const folder = columns.folder[slot]!;
      if (
        inFolder[folder]! ||
        columns.names[slot]!.includes(value) ||
        (/[/\\]/.test(value) && `${columns.folders.texts[folder]!}/${columns.names[slot]!}`.includes(value))
      ) {
        bits.add(slot);
      }
    });
    return bits;
  }

  #coded(column: CodedColumn, values: readonly string[]): Bits {
    const { columns } = this.#parts;
    const wanted = columns.texts.texts.map((text) => values.includes(folded(text)));
    const codes = columns[column];
    const bits = this.#none();
    columns.live.forEach((slot) => {
      if (wanted[codes[slot]!]!) bits.add(slot);
    });
    return bits;
  }

  #state(value: string): Bits {
    const { columns } = this.#parts;
    switch (value) {
      case 'missing':
        return columns.missing;
      case 'duplicate':
        return columns.duplicates;
      case 'noted':
        return columns.noted;
      default: {
        const bits = this.#none();
        for (const tagged of columns.tagged.values()) bits.or(tagged);
        return bits;
      }
    }
  }

  /** What is unknown is neither more nor less than anything. */
  #compared(column: NumberColumn, operator: Operator, value: number): Bits {
    const { columns } = this.#parts;
    const values = columns[column];
    const test = comparisons[operator];
    const bits = this.#none();
    columns.live.forEach((slot) => {
      if (test(values[slot]!, value)) bits.add(slot);
    });
    return bits;
  }

  /** Less than a week old is after a moment a week ago; an age by itself is the same as `<`. */
  #time({ key, operator, value }: Extract<Term, { kind: 'time' }>): Bits {
    const column = numberColumns[key]!;
    if (!('date' in value)) {
      const moment = this.#parts.now - value.count * ageMilliseconds[value.unit];
      return this.#compared(column, operator === '>' || operator === '>=' ? '<=' : '>', moment);
    }
    const [start, end] = spanOf(value.date);
    if (operator === '<') return this.#compared(column, '<', start);
    if (operator === '<=') return this.#compared(column, '<', end);
    if (operator === '>') return this.#compared(column, '>=', end);
    const begun = this.#compared(column, '>=', start);
    return operator === '>=' ? begun : begun.and(this.#compared(column, '<', end));
  }
}

const codedColumns: Readonly<Record<string, CodedColumn>> = {
  kind: 'kind',
  format: 'format',
  origin: 'origin',
};

const numberColumns: Readonly<Record<string, NumberColumn>> = {
  size: 'allocated',
  virtual: 'virtual',
  added: 'added',
  modified: 'modified',
  rating: 'rating',
};

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

/** The first millisecond of the day, month or year, and that of the next; by this machine's clock. */
function spanOf(date: string): [number, number] {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const level = date.split('-').length;
  const next = [new Date(year + 1, 0, 1), new Date(year, month, 1), new Date(year, month - 1, day + 1)];
  return [new Date(year, month - 1, day).getTime(), next[level - 1]!.getTime()];
}
