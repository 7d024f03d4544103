/** The library as it is searched, sorted and counted: what those need of every entry, kept in memory and up to date. */
import { basename, dirname } from 'node:path';
import type { Facet, LibraryCounts, LibraryPage, LibraryQuery, Sort } from '#shared/domain/library.ts';
import { chosenKey, folded, matcherOf, type Matcher, type Matching } from '#shared/query/matching.ts';
import { parseQuery } from '#shared/query/parse.ts';
import { conditionsOf, type Query } from '#shared/query/syntax.ts';
import type { Catalogue } from './database.ts';
import { findImages } from './images.ts';
import { EntryOrders } from './entry-orders.ts';
import { IndexedEntry, type IndexedFolder } from './indexed-entry.ts';

interface IndexRow {
  id: number;
  path: string;
  kind: string;
  format: string;
  variant: string | null;
  virtual_size_bytes: number | null;
  allocated_bytes: number;
  modified_milliseconds: number | null;
  origin: string | null;
  added_at: string;
  missing: number;
}

const columns = `id, path, kind, format, variant, virtual_size_bytes, allocated_bytes, modified_milliseconds,
  origin ->> '$.kind' AS origin, added_at, missing`;

/** Changes on record beyond this are dropped; who missed some reads everything again. */
const changesKept = 20_000;
/** Answers kept for the pages that will be asked for next. */
const answersKept = 8;

interface Answer {
  readonly entries: readonly IndexedEntry[];
  readonly bytes: number;
}

export class LibraryIndex {
  readonly #catalogue: Catalogue;
  readonly #now: () => number;
  readonly #entries = new Map<number, IndexedEntry>();
  readonly #orders = new EntryOrders(() => this.#entries.values());
  readonly #answers = new Map<string, Answer>();
  /** One string for each that is equal. */
  readonly #strings = new Map<string, string>();
  readonly #folders = new Map<string, IndexedFolder>();
  #duplicates: ReadonlySet<number> | null = null;
  /** The last change that is in; null before anything was read. */
  #sequence: number | null = null;

  /** `now`: milliseconds since 1970. */
  constructor(catalogue: Catalogue, now: () => number = Date.now) {
    this.#catalogue = catalogue;
    this.#now = now;
  }

  /** A page of the answer to a query. */
  page(query: LibraryQuery, offset: number, limit: number, place: number | null): LibraryPage {
    this.refresh();
    const { entries, bytes } = this.#answer(query);
    const shown = entries.slice(offset, offset + limit).map(({ id }) => id);
    const at = place === null ? -1 : entries.findIndex(({ id }) => id === place);
    return {
      revision: this.#sequence ?? 0,
      total: entries.length,
      bytes,
      offset,
      entries: findImages(this.#catalogue, shown),
      place: at < 0 ? null : at,
      problems: parseQuery(query.text).problems,
    };
  }

  /** The ids of the entries from `offset` on. */
  ids(query: LibraryQuery, offset: number, limit: number): number[] {
    this.refresh();
    return this.#answer(query)
      .entries.slice(offset, offset + limit)
      .map(({ id }) => id);
  }

  /** How many entries have which values, and how many the scopes have. */
  counts(text: string, scope: string, scopes: readonly string[]): LibraryCounts {
    this.refresh();
    return {
      revision: this.#sequence ?? 0,
      facets: this.#facets(text, scope),
      scopes: scopes.map((one) => {
        const matches = matcherOf(parseQuery(one).query, this.#matching());
        let count = 0;
        for (const entry of this.#entries.values()) if (matches(entry)) count += 1;
        return count;
      }),
    };
  }

  /** Takes in what changed since the last time, whoever changed it. */
  refresh(): void {
    const catalogue = this.#catalogue;
    const { oldest, newest } = catalogue.get<{ oldest: number | null; newest: number | null }>(
      'SELECT min(sequence) AS oldest, max(sequence) AS newest FROM image_changes',
    )!;
    if (newest === this.#sequence || (newest === null && this.#sequence === 0)) return;
    const known = this.#sequence;
    if (known === null || known + 1 < (oldest ?? 0)) this.#load();
    else this.#takeChanges(known);
    this.#sequence = newest ?? 0;
    this.#answers.clear();
    this.#duplicates = null;
    if (newest !== null && oldest !== null && newest - oldest > 2 * changesKept) {
      catalogue.run('DELETE FROM image_changes WHERE sequence < @first', { first: newest - changesKept });
    }
  }

  #load(): void {
    this.#entries.clear();
    for (const row of this.#catalogue.all<IndexRow>(`SELECT ${columns} FROM images`)) {
      this.#entries.set(row.id, this.#entryOf(row));
    }
    this.#orders.clear();
  }

  #takeChanges(known: number): void {
    const changed = this.#catalogue.all<
      { image_id: number } & { [Name in keyof IndexRow]: IndexRow[Name] | null }
    >(
      `SELECT image_id, ${columns} FROM (SELECT DISTINCT image_id FROM image_changes WHERE sequence > @known)
       LEFT JOIN images ON images.id = image_id`,
      { known },
    );
    for (const row of changed) {
      const entry = row.id === null ? null : this.#entryOf(row as IndexRow);
      const before = this.#entries.get(row.image_id) ?? null;
      if (entry === null) this.#entries.delete(row.image_id);
      else this.#entries.set(entry.id, entry);
      this.#orders.note(before, entry);
    }
  }

  #entryOf(row: IndexRow): IndexedEntry {
    return new IndexedEntry({
      id: row.id,
      folder: this.#folder(dirname(row.path)),
      name: folded(basename(row.path)),
      kind: this.#shared(row.kind),
      format: this.#shared(row.format),
      variant: row.variant === null ? '' : this.#shared(row.variant),
      virtualSizeBytes: row.virtual_size_bytes,
      allocatedBytes: row.allocated_bytes,
      addedMilliseconds: Date.parse(row.added_at),
      modifiedMilliseconds: row.modified_milliseconds,
      origin: row.origin === null ? 'found' : this.#shared(row.origin),
      missing: row.missing !== 0,
    });
  }

  #shared(text: string): string {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    this.#strings.set(text, text);
    return text;
  }

  #folder(path: string): IndexedFolder {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const folder = { path, folded: folded(path) };
    this.#folders.set(path, folder);
    return folder;
  }

  #answer({ text, scope, sort }: LibraryQuery): Answer {
    // Ages move with the clock: an answer that asks for one holds for a minute.
    const minute = Math.floor(this.#now() / 60_000);
    const key = JSON.stringify([text, scope, sort.key, sort.direction, minute]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#find(text, scope, sort);
    if (this.#answers.size >= answersKept) this.#answers.delete(this.#answers.keys().next().value!);
    this.#answers.set(key, answer);
    return answer;
  }

  #find(text: string, scope: string, sort: Sort): Answer {
    const matching = this.#matching();
    const matchers = [scope, text].map((one) => matcherOf(parseQuery(one).query, matching));
    const entries = this.#orders.sorted(sort).filter((entry) => matchers.every((matches) => matches(entry)));
    const bytes = entries.reduce((sum, entry) => sum + (entry.missing ? 0 : entry.allocatedBytes), 0);
    return { entries, bytes };
  }

  #matching(): Matching {
    return {
      now: this.#now(),
      hasWords: (entry, { text }) =>
        entry.name.includes(text) || (entry as IndexedEntry).folder.folded.includes(text),
      isDuplicate: (entry) => this.#duplicateIds().has((entry as IndexedEntry).id),
    };
  }

  #duplicateIds(): ReadonlySet<number> {
    this.#duplicates ??= new Set(
      this.#catalogue
        .all<{ id: number }>(
          `SELECT id FROM images WHERE missing = 0 AND fingerprint IN (
             SELECT fingerprint FROM images WHERE fingerprint IS NOT NULL AND missing = 0
             GROUP BY fingerprint HAVING count(*) > 1)`,
        )
        .map(({ id }) => id),
    );
    return this.#duplicates;
  }

  /** One way through the entries: each counts where nothing stands against it but what was chosen of the same key. */
  #facets(text: string, scope: string): Facet[] {
    const matching = this.#matching();
    const inScope = matcherOf(parseQuery(scope).query, matching);
    const conditions = conditionsOf(parseQuery(text).query).map((condition: Query) => ({
      key: chosenKey(condition),
      matches: matcherOf(condition, matching),
    }));
    const counters = facetKeys.map((key) => ({ key, counts: new Map<string, number>() }));
    for (const entry of this.#entries.values()) {
      if (!inScope(entry)) continue;
      const against = opposedBy(conditions, entry);
      if (against === undefined) continue;
      for (const { key, counts } of counters) {
        if (against !== null && against !== key) continue;
        for (const value of this.#facetValues(key, entry)) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
    }
    return counters.map(({ key, counts }) => ({
      key,
      values: [...counts]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)),
    }));
  }

  #facetValues(key: FacetKey, entry: IndexedEntry): readonly string[] {
    if (key !== 'is') return [entry[key]];
    return [
      ...(entry.missing ? ['missing'] : []),
      ...(this.#duplicateIds().has(entry.id) ? ['duplicate'] : []),
    ];
  }
}

const facetKeys = ['kind', 'format', 'origin', 'is'] as const;
type FacetKey = (typeof facetKeys)[number];

/** Null: nothing stands against the entry. A key: only what was chosen of it. Undefined: more than that. */
function opposedBy(
  conditions: readonly { readonly key: string | null; readonly matches: Matcher }[],
  entry: IndexedEntry,
): string | null | undefined {
  let against: string | null = null;
  for (const { key, matches } of conditions) {
    if (matches(entry)) continue;
    if (key === null || (against !== null && against !== key)) return undefined;
    against = key;
  }
  return against;
}
