/** The library as it is searched, sorted and counted: kept in memory, and true to the catalogue whoever changes that. */
import type { EntryBelongings } from '#shared/domain/parts.ts';
import type {
  LibraryCounts,
  LibraryEntry,
  LibraryPage,
  LibraryQuery,
  SpaceMap,
  SpaceQuery,
} from '#shared/domain/library.ts';
import { parseQuery } from '#shared/query/parse.ts';
import { conditionsOf, printQuery, type Query } from '#shared/query/syntax.ts';
import { folded } from '#shared/query/words.ts';
import type { Bits } from './bits.ts';
import { findByContent } from './contents.ts';
import type { Catalogue } from './database.ts';
import { duplicateSlots } from './entry-duplicates.ts';
import { EntryColumns } from './entry-columns.ts';
import { EntryOrders } from './entry-orders.ts';
import { describeBelongings } from './entry-belongings.ts';
import { EntryRelations } from './entry-relations.ts';
import { EntryText } from './entry-text.ts';
import { facetsOf } from './facets.ts';
import { sumStates } from './file-sums.ts';
import { findImages } from './images.ts';
import { keepIndex, keptSequence, readKeptIndex } from './kept-index.ts';
import { describeAreas, spaceOf } from './entry-space.ts';
import { QueryBits, type Correction } from './query-bits.ts';

/** Changes on record beyond this are dropped; who missed some reads everything again. */
const changesKept = 20_000;
/** Answers kept for the pages that will be asked for next. */
const answersKept = 8;
const conditionsKept = 256;
const minuteMilliseconds = 60_000;
/** To read fewer entries, or to take in fewer changes, takes a moment. */
const worthKeeping = { entries: 2000, changes: 1000 };

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
  readonly #relations = new EntryRelations(this.#columns);
  readonly #text: EntryText;
  readonly #answers = new Map<string, Answer>();
  readonly #conditions = new Map<string, FoundCondition>();
  #duplicates: Bits | null = null;
  #tags: ReadonlyMap<string, number> = new Map();
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
    const at = place === null ? -1 : this.#placeOf(place, query, slots);
    return {
      revision: this.#sequence ?? 0,
      total: slots.length,
      bytes,
      offset,
      entries: this.#described(
        findImages(this.#catalogue, this.#idsOf(query, slots, offset, offset + limit)),
      ),
      place: at < 0 ? null : at,
      problems: parseQuery(query.text).problems,
      corrections,
    };
  }

  /** The entries with these ids, in their order; those that are gone are left out. */
  entries(ids: readonly number[]): LibraryEntry[] {
    this.refresh();
    return this.#described(findImages(this.#catalogue, ids));
  }

  /** What belongs to an entry, and what it belongs to; null where there is no such entry. */
  belongings(id: number): EntryBelongings | null {
    this.refresh();
    return describeBelongings(this.#catalogue, this.#relations, id);
  }

  /** The entries with all entries that belong to them alone. */
  withParts(ids: readonly number[]): number[] {
    this.refresh();
    return [...new Set(ids.flatMap((id) => [id, ...this.#relations.partsOf(id)]))];
  }

  /** The ids of the entries from `offset` on. */
  ids(query: LibraryQuery, offset: number, limit: number): number[] {
    this.refresh();
    return this.#idsOf(query, this.#answer(query).slots, offset, offset + limit);
  }

  /** What the entries that answer take on the disk. */
  space(query: SpaceQuery): SpaceMap {
    this.refresh();
    const { slots } = this.#answer({ ...query, sort: { key: 'onDisk', direction: 'descending' } });
    const { areas, ...others } = spaceOf(this.#columns, this.#relations, slots, query);
    return {
      revision: this.#sequence ?? 0,
      ...others,
      areas: describeAreas(this.#catalogue, this.#relations, query.by, areas),
    };
  }

  /** How many entries have which values, and how many the scopes have. */
  counts(text: string, scope: string, scopes: readonly string[]): LibraryCounts {
    this.refresh();
    const { query } = parseQuery(text);
    const within = parseQuery(scope).query;
    const find = (condition: Query): Bits => this.#found(condition).bits;
    const inScope = this.#all([this.#shown([query, within]), find(within)]);
    return {
      revision: this.#sequence ?? 0,
      facets: facetsOf(this.#columns, find, query, inScope),
      scopes: scopes.map((one) => {
        const asked = parseQuery(one).query;
        return this.#all([this.#shown([asked]), find(asked)]).count;
      }),
    };
  }

  /** Takes in what changed since the last time; of the words only so many entries. @returns whether all is in. */
  refresh(wordsLimit = Infinity): boolean {
    const isWhole = this.#text.catchUp(wordsLimit);
    const catalogue = this.#catalogue;
    const { oldest, newest } = catalogue.get<{ oldest: number | null; newest: number | null }>(
      // One by one they are the ends of the tree; asked for together, SQLite reads all of it.
      `SELECT (SELECT min(sequence) FROM image_changes) AS oldest,
         (SELECT max(sequence) FROM image_changes) AS newest`,
    )!;
    const restored = this.#sequence === null ? this.#restore(oldest ?? 0, newest ?? 0) : null;
    const known = this.#sequence ?? restored;
    const minute = Math.floor(this.#now() / minuteMilliseconds);
    // Ages move with the clock: what was found holds for a minute.
    if (minute !== this.#minute) this.#forgetAnswers();
    this.#minute = minute;
    if (restored === null && known === (newest ?? 0)) return isWhole;
    if (known === null || known + 1 < (oldest ?? 0)) {
      this.#columns.load(catalogue);
      this.#relations.load(catalogue);
      this.#orders.clear();
    } else {
      const ids = this.#changedSince(known);
      this.#orders.note(this.#columns.take(catalogue, ids));
      this.#orders.note(this.#relations.take(catalogue, ids));
    }
    const tags = catalogue.all<{ id: number; name: string }>('SELECT id, name FROM tags');
    this.#tags = new Map(tags.map(({ id, name }) => [folded(name), id]));
    this.#columns.tagNames = new Map(tags.map(({ id, name }) => [id, name]));
    this.#duplicates = null;
    this.#sequence = newest ?? 0;
    this.#forgetAnswers();
    if (newest !== null && oldest !== null && newest - oldest > 2 * changesKept) this.#trim(newest);
    return isWhole;
  }

  /** Does now what the first mistyped word would wait for. */
  prepareCorrections(): void {
    this.#text.prepareCorrections();
  }

  /** Everything is read again the next time: the catalogue may be another one. */
  forget(): void {
    this.#sequence = null;
  }

  /** Stores it for the next start, where that is quicker then than to read all entries, and not done already. */
  keep({ entries, changes } = worthKeeping): void {
    const sequence = this.#sequence;
    if (sequence === null || this.#columns.count < entries) return;
    const kept = keptSequence(this.#catalogue);
    if (kept !== null && sequence - kept < changes) return;
    keepIndex(this.#catalogue, { sequence, columns: this.#columns.kept, links: this.#relations.kept });
  }

  /** Takes the index that was kept, where the changes since then are on record. @returns the last that is in it. */
  #restore(oldest: number, newest: number): number | null {
    const kept = readKeptIndex(this.#catalogue);
    if (kept === null || kept.sequence + 1 < oldest || kept.sequence > newest) return null;
    if (!this.#columns.restore(kept.columns)) return null;
    this.#relations.restore(kept.links);
    this.#orders.clear();
    return kept.sequence;
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

  #idsOf({ sort }: LibraryQuery, slots: Uint32Array, start: number, end: number): number[] {
    this.#orders.straighten(sort, slots, start, end);
    return Array.from(slots.subarray(start, end), (slot) => this.#columns.ids[slot]!);
  }

  #described(entries: readonly LibraryEntry[]): LibraryEntry[] {
    const states = sumStates(
      this.#catalogue,
      entries.map(({ path }) => path),
    );
    return entries.map((entry) => {
      const [parts, sums] = [this.#relations.describe(entry.id), states.get(entry.path)];
      return { ...entry, ...(parts === null ? {} : { parts }), ...(sums === undefined ? {} : { sums }) };
    });
  }

  /** A part stands where its whole does, unless it is listed itself. */
  #placeOf(id: number, { sort }: LibraryQuery, slots: Uint32Array): number {
    for (const one of new Set([id, this.#relations.wholeOf(id)])) {
      const slot = this.#columns.slotOf(one);
      const at = slot === undefined ? -1 : slots.indexOf(slot);
      if (at < 0) continue;
      this.#orders.straighten(sort, slots, at, at + 1);
      return slots.indexOf(slot!);
    }
    return -1;
  }

  /** The entries that may be listed: parts only where they are asked for. */
  #shown(queries: readonly Query[]): Bits {
    const { live } = this.#columns;
    return queries.some(asksForParts) ? live : live.copy().andNot(this.#relations.parts);
  }

  #answer({ text, scope, sort }: LibraryQuery): Answer {
    const key = JSON.stringify([text, scope, sort.key, sort.direction]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const found = [scope, text].flatMap((one) =>
      conditionsOf(parseQuery(one).query).map((condition) => this.#found(condition)),
    );
    const shown = this.#shown([scope, text].map((one) => parseQuery(one).query));
    const bits = this.#all([shown, ...found.map((one) => one.bits)]);
    const { missing, allocated } = this.#columns;
    const slots = bits.among(this.#orders.sorted(sort));
    let bytes = 0;
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at]!;
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
      relations: this.#relations,
      text: this.#text,
      tags: this.#tags,
      withContent: (digits) => findByContent(this.#catalogue, digits),
      duplicates: () => (this.#duplicates ??= duplicateSlots(this.#catalogue, this.#columns)),
      now: this.#now(),
    });
    const found = { bits: search.of(condition), corrections: search.corrections };
    if (this.#conditions.size >= conditionsKept) this.#conditions.clear();
    this.#conditions.set(key, found);
    return found;
  }
}

/** Whether a query speaks of parts: then they are entries like any other. */
function asksForParts(query: Query): boolean {
  switch (query.kind) {
    case 'all':
    case 'any':
      return query.parts.some(asksForParts);
    case 'not':
      return asksForParts(query.part);
    case 'choice':
      return query.key === 'is' && query.values.includes('part');
    default:
      return false;
  }
}
