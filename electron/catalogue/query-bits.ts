/** A query as the set of slots whose entries answer it: each condition by itself, then joined. */
import { sep } from 'node:path';
import { systemsOf } from '#shared/domain/guest-system.ts';
import { anywhereFrom, folded, wordsOf } from '#shared/query/words.ts';
import type { AgeUnit, Operator, Query, Term } from '#shared/query/syntax.ts';
import { Bits } from './bits.ts';
import type { CodedColumn, EntryColumns, NumberColumn } from './entry-columns.ts';
import type { EntryRelations } from './entry-relations.ts';
import type { EntryText } from './entry-text.ts';

/** A word that no entry holds, and those that were searched instead. */
export interface Correction {
  readonly word: string;
  readonly instead: readonly string[];
}

export interface QueryParts {
  readonly columns: EntryColumns;
  readonly relations: EntryRelations;
  readonly text: EntryText;
  /** The ids of the tags, by folded name. */
  readonly tags: ReadonlyMap<string, number>;
  /** The ids of the entries whose content begins with these hexadecimal digits. */
  readonly withContent: (digits: string) => readonly number[];
  /** The slots of entries that have the same content as others. */
  readonly duplicates: () => Bits;
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
        return this.#number(term);
      case 'time':
        return this.#time(term);
    }
  }

  #words({ text, exact }: Extract<Term, { kind: 'words' }>): Bits {
    const word = folded(text);
    const found = this.#holding(word, null);
    if (!found.isEmpty || exact || this.#negated > 0) return found;
    const instead = this.#parts.text.similar(word, this.#parts.columns.folderVocabulary);
    const held: string[] = [];
    for (const one of instead) {
      const others = this.#holding(one, null);
      // A word may be known that the last entry with it has lost.
      if (others.isEmpty) continue;
      held.push(one);
      found.or(others);
    }
    if (held.length > 0) this.corrections.push({ word: text, instead: held });
    return found;
  }

  #holding(text: string, part: 'note' | null): Bits {
    const { columns, text: index } = this.#parts;
    const ids = index.find(text, part);
    if (ids === null) {
      return part === 'note' ? this.#withWholes(columns.noted.copy().and(columns.live)) : columns.live.copy();
    }
    const bits = this.#entries(ids);
    return part === null ? this.#withWholes(this.#inFolder(bits, text)) : bits;
  }

  /** Adds the entries that hold a text in their path, but not in their name alone. Folders are few: each is looked at once. */
  #inFolder(bits: Bits, text: string): Bits {
    const { columns } = this.#parts;
    const isShort = [...text].length < anywhereFrom;
    const words = wordsOf(text);
    bits.or(
      this.#inFolders((folder, code) =>
        isShort
          ? words.every((word) => columns.folderWords[code]!.some((own) => own.startsWith(word)))
          : folder.includes(text),
      ),
    );
    return isShort ? bits : bits.or(this.#across(text));
  }

  /** The entries in whose path a text begins in the folder and ends in the name. */
  #across(text: string): Bits {
    const { names } = this.#parts.columns;
    const cut = text.lastIndexOf(sep);
    const found = this.#none();
    if (cut < 0) return found;
    const [head, tail] = [text.slice(0, cut), text.slice(cut + 1)];
    // The root ends with a separator of its own.
    this.#inFolders((folder) => (folder.endsWith(sep) ? folder.slice(0, -1) : folder).endsWith(head)).forEach(
      (slot) => {
        if (names[slot]!.startsWith(tail)) found.add(slot);
      },
    );
    return found;
  }

  /** The entries whose folder, without case and accents, is one of those wanted. */
  #inFolders(isWanted: (folder: string, code: number) => boolean): Bits {
    const { folder, foldedFolders, live } = this.#parts.columns;
    const wanted = Uint8Array.from(foldedFolders, (one, code) => Number(isWanted(one, code)));
    return wanted.includes(1) ? this.#none().addCoded(folder, wanted).and(live) : this.#none();
  }

  #entries(ids: readonly number[]): Bits {
    const { columns } = this.#parts;
    const bits = this.#none();
    for (const id of ids) {
      const slot = columns.slotOf(id);
      if (slot !== undefined) bits.add(slot);
    }
    return this.#withWholes(bits);
  }

  /** What a part is called, or what was said of it, finds the whole: parts are not listed by themselves. */
  #withWholes(bits: Bits): Bits {
    const { columns, relations } = this.#parts;
    const found = bits.copy().and(relations.parts);
    if (found.isEmpty) return bits;
    found.forEach((slot) => {
      const whole = columns.slotOf(relations.wholeOf(columns.ids[slot]!));
      if (whole !== undefined) bits.add(whole);
    });
    return bits;
  }

  #choice(key: string, values: readonly string[]): Bits {
    const { columns, tags } = this.#parts;
    const coded = codedColumns[key];
    if (coded !== undefined) return this.#coded(coded, (text) => values.includes(text));
    const bits = this.#none();
    switch (key) {
      case 'name':
        return this.#withWholes(values.reduce((found, value) => found.or(columns.named(value)), bits));
      case 'os':
        return this.#withWholes(
          this.#coded('guest', (text) => {
            const systems: readonly string[] = systemsOf(text);
            return values.some((value) => text.includes(value) || systems.includes(value));
          }),
        );
      case 'folder':
        return values.reduce((found, value) => found.or(this.#lyingIn(value)), bits);
      case 'chain':
        return values.reduce((found, value) => found.or(this.#chain(value)), bits);
      case 'path':
        return this.#withWholes(values.reduce((found, value) => found.or(this.#inPath(value)), bits));
      case 'note':
        return values.reduce((found, value) => found.or(this.#holding(value, 'note')), bits);
      case 'content':
        return values.reduce((found, value) => found.or(this.#entries(this.#parts.withContent(value))), bits);
      case 'tag':
        for (const value of values) {
          const tagged = columns.tagged.get(tags.get(value) ?? -1);
          if (tagged !== undefined) bits.or(tagged);
        }
        return this.#withWholes(bits.and(columns.live));
      default:
        return values.reduce((found, value) => found.or(this.#state(value)), bits).and(columns.live);
    }
  }

  /** Folders are few: they are looked at once each. */
  #inPath(value: string): Bits {
    return this.#inFolders((folder) => folder.includes(value))
      .or(this.#across(value))
      .or(this.#parts.columns.named(value));
  }

  /** In the folder itself, or in one below it. */
  #lyingIn(value: string): Bits {
    const path = value.replace(/(?<=.)[/\\]$/, '');
    const below = /[/\\]$/.test(path) ? [path] : [`${path}/`, `${path}\\`];
    return this.#inFolders((folder) => folder === path || below.some((start) => folder.startsWith(start)));
  }

  #coded(column: CodedColumn, isWanted: (text: string) => boolean): Bits {
    const { columns } = this.#parts;
    const wanted = Uint8Array.from(columns.texts.texts, (text) => Number(isWanted(folded(text))));
    return this.#none().addCoded(columns[column], wanted).and(columns.live);
  }

  #chain(value: string): Bits {
    const { columns, relations } = this.#parts;
    const bits = this.#none();
    columns.live.forEach((slot) => {
      if ((relations.chainOf(columns.ids[slot]!) ?? 'none') === value) bits.add(slot);
    });
    return bits;
  }

  #state(value: string): Bits {
    const { columns, relations } = this.#parts;
    switch (value) {
      case 'missing':
        return this.#withWholes(columns.missing.copy().and(columns.live));
      case 'part':
        return relations.parts;
      case 'incomplete':
        return relations.incomplete;
      case 'duplicate':
        return this.#parts.duplicates();
      case 'noted':
        return this.#withWholes(columns.noted.copy().and(columns.live));
      default: {
        const bits = this.#none();
        for (const tagged of columns.tagged.values()) bits.or(tagged);
        return this.#withWholes(bits.and(columns.live));
      }
    }
  }

  /** Sizes are those of wholes; what a part was rated was said of its whole. */
  #number({ key, operator, value }: Extract<Term, { kind: 'number' }>): Bits {
    const bits = this.#compared(numberColumns[key]!, operator, value);
    return key === 'rating' ? this.#withWholes(bits) : bits;
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
