/** How many of the entries found have which values: of each key as if nothing of it had been chosen. */
import { dirname } from 'node:path';
import type { Facet, FacetValue } from '#shared/domain/library.ts';
import { systemsOf } from '#shared/domain/guest-system.ts';
import { queryKeys } from '#shared/query/keys.ts';
import { parseQuery } from '#shared/query/parse.ts';
import { offeredRanges } from '#shared/query/ranges.ts';
import { conditionsOf, type Query } from '#shared/query/syntax.ts';
import type { Bits } from './bits.ts';
import type { CodedColumn, EntryColumns } from './entry-columns.ts';

/** The slots of the entries that a condition holds for. */
type Find = (condition: Query) => Bits;

const valueKeys = ['kind', 'format', 'tag', 'origin'] as const satisfies readonly (CodedColumn | 'tag')[];
type ValueKey = (typeof valueKeys)[number];

/** What is counted as a condition by itself: the choices that keys declare, and ranges. */
const offeredConditions: readonly (readonly [key: string, values: readonly string[]])[] = [
  ...queryKeys.flatMap((declared) =>
    declared.takes === 'choice' && declared.key !== 'origin'
      ? [[declared.key, declared.choices.map(({ value }) => value)] as const]
      : [],
  ),
  ...Object.entries(offeredRanges),
];

/** A person chooses among as many; what lies deeper is found by its name. */
const mostFolders = 60;

/** Each value counts the entries in scope that nothing stands against but what was chosen of the same key. */
export function facetsOf(columns: EntryColumns, find: Find, query: Query, inScope: Bits): Facet[] {
  const conditions = conditionsOf(query).map((condition) => ({
    key: 'key' in condition ? condition.key : null,
    bits: find(condition),
  }));
  const meeting = (chosen: typeof conditions): Bits =>
    chosen.reduce((bits, one) => bits.and(one.bits), inScope.copy());
  const all = meeting(conditions);
  /** What nothing stands against but conditions on the key. */
  const countedFor = (key: string): Bits => {
    const others = conditions.filter((condition) => condition.key !== key);
    return others.length === conditions.length ? all : meeting(others);
  };
  const asked = (key: string, values: readonly string[]): FacetValue[] =>
    countsAsked(find, countedFor(key), key, values);
  return [
    ...valueKeys.map((key) => ({
      key,
      values: valueCounts(columns, find, key, countedFor(key)).sort(byCount),
    })),
    { key: 'os', values: asked('os', [...new Set(columns.guests().flatMap(systemsOf))]).sort(byCount) },
    { key: 'folder', values: folderCounts(columns, countedFor('folder')) },
    ...offeredConditions.map(([key, values]) => ({ key, values: asked(key, values) })),
  ];
}

/** The most frequent first. */
const byCount = (a: FacetValue, b: FacetValue): number => b.count - a.count || (a.value < b.value ? -1 : 1);

/** Each value counts what asking for it would find: a part that has one may stand for its whole. */
function countsAsked(find: Find, entries: Bits, key: string, values: readonly string[]): FacetValue[] {
  return values
    .map((value) => ({
      value,
      count: entries.copy().and(find(parseQuery(`${key}:${value}`).query)).count,
    }))
    .filter(({ count }) => count > 0);
}

/** The values of a key that entries have, each with how many of these have it. */
function valueCounts(columns: EntryColumns, find: Find, key: ValueKey, entries: Bits): FacetValue[] {
  if (key === 'tag') {
    return [...columns.tagged.keys()].flatMap((id) => {
      const value = columns.tagNames.get(id);
      if (value === undefined) return [];
      const { count } = entries.copy().and(find({ kind: 'choice', key: 'tag', values: [value] }));
      return count > 0 ? [{ value, count }] : [];
    });
  }
  const codes = columns[key];
  const { texts } = columns.texts;
  const counts = new Uint32Array(texts.length);
  entries.forEach((slot) => {
    counts[codes[slot]!]! += 1;
  });
  return texts.flatMap((value, code) => (counts[code]! > 0 ? [{ value, count: counts[code]! }] : []));
}

/** The folders that hold some of these entries themselves, with those in folders below them. */
function folderCounts({ folder, folders }: EntryColumns, entries: Bits): FacetValue[] {
  const own = new Map<string, number>();
  entries.forEach((slot) => {
    const path = folders.texts[folder[slot]!]!;
    own.set(path, (own.get(path) ?? 0) + 1);
  });
  const all = new Map<string, number>();
  for (const [path, count] of own) {
    for (let above = path, before = ''; above !== before; [before, above] = [above, dirname(above)]) {
      if (own.has(above)) all.set(above, (all.get(above) ?? 0) + count);
    }
  }
  return [...all]
    .map(([value, count]) => ({ value, count }))
    .sort(byCount)
    .slice(0, mostFolders);
}
