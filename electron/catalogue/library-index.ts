/** The library as it is searched, sorted and counted: kept in memory, and true to the catalogue whoever changes that. */
import type { Facet, LibraryCounts, LibraryPage, LibraryQuery } from '#shared/domain/library.ts';
import { parseQuery } from '#shared/query/parse.ts';
import { conditionsOf, printQuery, type Query } from '#shared/query/syntax.ts';
import { folded } from '#shared/query/words.ts';
import type { Bits } from './bits.ts';
import type { Catalogue } from './database.ts';
import { EntryColumns, type CodedColumn } from './entry-columns.ts';
import { EntryOrders } from './entry-orders.ts';
import { EntryText } from './entry-text.ts';
import { findImages } from './images.ts';
import { QueryBits, type Correction } from './query-bits.ts';

/** Changes on record beyond this are dropped; who missed some reads everything again. */
const changesKept = 20_000;
/** Answers kept for the pages that will be asked for next. */
const answersKept = 8;
const conditionsKept = 64;
const minuteMilliseconds = 60_000;

interface Answer {
  readonly slots: Uint32Array;
  readonly bytes: number;
  readonly corrections: readonly Correction[];
}

interface FoundCondition {
  readonly bits: Bits;
  readonly corrections: readonly Correction[];
}

export class LibraryIndex {
  readonly #catalogue: Catalogue;
  readonly #now: () => number;
  readonly #columns = new EntryColumns();
  readonly #orders = new EntryOrders(this.#columns);
  readonly #text: EntryText;
  readonly #answers = new Map<string, Answer>();
  readonly #conditions = new Map<string, FoundCondition>();
  #tags: ReadonlyMap<string, number> = new Map();
  #tagNames: ReadonlyMap<number, string> = new Map();
  /** The last change that is in; null before anything was read. */
  #sequence: number | null = null;
  #minute = 0;

  /** `now`: milliseconds since 1970. */
  constructor(catalogue: Catalogue, now: () => number = Date.now) {
    this.#catalogue = catalogue;
    this.#now = now;
    this.#text = new EntryText(catalogue);
  }

  /** A page of the answer to a query. */
  page(query: LibraryQuery, offset: number, limit: number, place: number | null): LibraryPage {
    this.refresh();
    const { slots, bytes, corrections } = this.#answer(query);
    const slot = place === null ? undefined : this.#columns.slotOf(place);
    const at = slot === undefined ? -1 : slots.indexOf(slot);
    return {
      revision: this.#sequence ?? 0,
      total: slots.length,
      bytes,
      offset,
      entries: findImages(this.#catalogue, this.#idsOf(slots.subarray(offset, offset + limit))),
      place: at < 0 ? null : at,
      problems: parseQuery(query.text).problems,
      corrections,
    };
  }

  /** The ids of the entries from `offset` on. */
  ids(query: LibraryQuery, offset: number, limit: number): number[] {
    this.refresh();
    return this.#idsOf(this.#answer(query).slots.subarray(offset, offset + limit));
  }

  /** How many entries have which values, and how many the scopes have. */
  counts(text: string, scope: string, scopes: readonly string[]): LibraryCounts {
    this.refresh();
    return {
      revision: this.#sequence ?? 0,
      facets: this.#facets(parseQuery(text).query, parseQuery(scope).query),
      scopes: scopes.map((one) => this.#found(parseQuery(one).query).bits.count),
    };
  }

  /** Takes in what changed since the last time; of the words only so many entries. @returns whether all is in. */
  refresh(wordsLimit = Infinity): boolean {
    const isWhole = this.#text.catchUp(wordsLimit);
    const catalogue = this.#catalogue;
    const { oldest, newest } = catalogue.get<{ oldest: number | null; newest: number | null }>(
      'SELECT min(sequence) AS oldest, max(sequence) AS newest FROM image_changes',
    )!;
    const known = this.#sequence;
    const minute = Math.floor(this.#now() / minuteMilliseconds);
    // Ages move with the clock: what was found holds for a minute.
    if (minute !== this.#minute) this.#forgetAnswers();
    this.#minute = minute;
    if (known === (newest ?? 0)) return isWhole;
    if (known === null || known + 1 < (oldest ?? 0)) {
      this.#columns.load(catalogue);
      this.#orders.clear();
    } else this.#orders.note(this.#columns.take(catalogue, this.#changedSince(known)));
    const tags = catalogue.all<{ id: number; name: string }>('SELECT id, name FROM tags');
    this.#tags = new Map(tags.map(({ id, name }) => [folded(name), id]));
    this.#tagNames = new Map(tags.map(({ id, name }) => [id, name]));
    this.#sequence = newest ?? 0;
    this.#forgetAnswers();
    if (newest !== null && oldest !== null && newest - oldest > 2 * changesKept) this.#trim(newest);
    return isWhole;
  }

  /** Everything is read again the next time: the catalogue may be another one. */
  forget(): void {
    this.#sequence = null;
  }

  #forgetAnswers(): void {
    this.#answers.clear();
    this.#conditions.clear();
  }

  #changedSince(known: number): number[] {
    return this.#catalogue.column<number>(
      'SELECT DISTINCT image_id FROM image_changes WHERE sequence > @known',
      { known },
    );
  }

  #trim(newest: number): void {
    this.#catalogue.run(
      'DELETE FROM image_changes WHERE sequence < min(@first, (SELECT sequence FROM text_index))',
      { first: newest - changesKept },
    );
  }

  #idsOf(slots: Uint32Array): number[] {
    return Array.from(slots, (slot) => this.#columns.ids[slot]!);
  }

  #answer({ text, scope, sort }: LibraryQuery): Answer {
    const key = JSON.stringify([text, scope, sort.key, sort.direction]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const found = [scope, text].flatMap((one) =>
      conditionsOf(parseQuery(one).query).map((condition) => this.#found(condition)),
    );
    const bits = this.#all(found.map((one) => one.bits));
    const { missing, allocated } = this.#columns;
    const slots = new Uint32Array(bits.count);
    let [at, bytes] = [0, 0];
    for (const slot of this.#orders.sorted(sort)) {
      if (!bits.has(slot)) continue;
      slots[at++] = slot;
      if (!missing.has(slot)) bytes += allocated[slot]!;
    }
    const answer = { slots, bytes, corrections: found.flatMap((one) => one.corrections) };
    if (this.#answers.size >= answersKept) this.#answers.delete(this.#answers.keys().next().value!);
    this.#answers.set(key, answer);
    return answer;
  }

  #all(sets: readonly Bits[]): Bits {
    return sets.reduce((bits, one) => bits.and(one), this.#columns.live.copy());
  }

  /** The entries that a condition holds for: the list, its counts and the next letter typed all ask for the same. */
  #found(condition: Query): FoundCondition {
    const key = printQuery(condition);
    const known = this.#conditions.get(key);
    if (known !== undefined) return known;
    const search = new QueryBits({
      columns: this.#columns,
      text: this.#text,
      tags: this.#tags,
      now: this.#now(),
    });
    const found = { bits: search.of(condition), corrections: search.corrections };
    if (this.#conditions.size >= conditionsKept) this.#conditions.clear();
    this.#conditions.set(key, found);
    return found;
  }

  /** Each value counts the entries that nothing stands against but what was chosen of the same key. */
  #facets(text: Query, scope: Query): Facet[] {
    const inScope = this.#found(scope).bits;
    const conditions = conditionsOf(text).map((condition) => ({
      key: condition.kind === 'choice' ? condition.key : null,
      bits: this.#found(condition).bits,
    }));
    const all = this.#all([inScope, ...conditions.map(({ bits }) => bits)]);
    return facetKeys.map((key) => {
      const others = conditions.filter((condition) => condition.key !== key);
      const counted =
        others.length === conditions.length ? all : this.#all([inScope, ...others.map(({ bits }) => bits)]);
      const values = this.#counted(key, counted).filter(({ count }) => count > 0);
      return { key, values: values.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)) };
    });
  }

  #counted(key: FacetKey, bits: Bits): { readonly value: string; readonly count: number }[] {
    const columns = this.#columns;
    const within = (other: Bits): number => bits.copy().and(other).count;
    if (key === 'is') {
      return [
        { value: 'missing', count: within(columns.missing) },
        { value: 'duplicate', count: within(columns.duplicates) },
      ];
    }
    if (key === 'tag') {
      return [...columns.tagged].flatMap(([id, tagged]) => {
        const value = this.#tagNames.get(id);
        return value === undefined ? [] : [{ value, count: within(tagged) }];
      });
    }
    const codes = columns[key];
    const { texts } = columns.texts;
    const counts = new Uint32Array(texts.length);
    bits.forEach((slot) => {
      counts[codes[slot]!]! += 1;
    });
    return texts.map((value, code) => ({ value, count: counts[code]! }));
  }
}

const facetKeys = ['kind', 'format', 'tag', 'origin', 'is'] as const satisfies readonly (
  CodedColumn | 'tag' | 'is'
)[];
type FacetKey = (typeof facetKeys)[number];
