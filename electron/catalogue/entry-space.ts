/** What entries take on the disk, put together by folder, format or chain: the largest areas, and what is left as one. */
import { basename, sep } from 'node:path';
import type { SpaceArea, SpaceCell, SpaceGrouping, SpaceQuery } from '#shared/domain/library.ts';
import type { Catalogue } from './database.ts';
import type { EntryColumns } from './entry-columns.ts';
import type { EntryRelations } from './entry-relations.ts';
import { byChain } from './space-by-chain.ts';
import type { Placed, Places } from './space-places.ts';

/** More areas than that nobody tells apart. */
const areasShown = 48;
/** So many are shown even where each takes next to nothing. */
const leastShown = 24;
/** Smaller ones than this share of what is shown would be lines. */
const smallestShare = 0.0015;
const cellsShown = 24;

/** A cell whose entry has no name yet. */
interface UnnamedCell extends SpaceCell {
  readonly entryId: number | null;
}

interface Group {
  readonly key: string;
  bytes: number;
  count: number;
  readonly inner: Map<string, number>;
  /** The largest ones. */
  readonly slots: number[];
}

export type UnnamedArea =
  | Extract<SpaceArea, { kind: 'rest' }>
  | Omit<Extract<SpaceArea, { kind: 'entry' }>, 'standing'>
  | (Omit<Extract<SpaceArea, { kind: 'group' }>, 'cells'> & { readonly cells: readonly UnnamedCell[] });

export interface UnnamedSpace {
  readonly bytes: number;
  readonly count: number;
  readonly missing: number;
  readonly within: string | null;
  readonly areas: readonly UnnamedArea[];
}

/** @param slots of the entries, the largest first. */
export function spaceOf(
  columns: EntryColumns,
  relations: EntryRelations,
  slots: Uint32Array,
  query: SpaceQuery,
): UnnamedSpace {
  const { within, placeOf } =
    query.by === 'format'
      ? byFormat(columns, query)
      : query.by === 'chain'
        ? byChain(columns, relations, slots, query.within)
        : byFolder(columns, slots, query);
  const groups = new Map<string, Group>();
  const own: number[] = [];
  const total = { bytes: 0, count: 0, missing: 0 };
  for (const slot of slots) {
    const place = placeOf(slot);
    if (place === null) continue;
    if (columns.missing.has(slot)) {
      total.missing += 1;
      continue;
    }
    total.bytes += columns.allocated[slot]!;
    total.count += 1;
    if (place.group === null) own.push(slot);
    else add(columns, groups, place as Placed & { group: string }, slot);
  }
  const areas = [...groups.values()]
    .map((group): UnnamedArea => areaOf(columns, group, within))
    .concat(own.map((slot): UnnamedArea => entryArea(columns, slot)))
    .sort((a, b) => b.bytes - a.bytes);
  return { ...total, within, areas: largest(areas, query.skip) };
}

function add(
  columns: EntryColumns,
  groups: Map<string, Group>,
  { group: key, inner }: { readonly group: string; readonly inner: string | null },
  slot: number,
): void {
  const group: Group = groups.get(key) ?? { key, bytes: 0, count: 0, inner: new Map(), slots: [] };
  if (group.count === 0) groups.set(key, group);
  const bytes = columns.allocated[slot]!;
  group.bytes += bytes;
  group.count += 1;
  if (inner !== null) group.inner.set(inner, (group.inner.get(inner) ?? 0) + bytes);
  else if (group.slots.length < cellsShown) group.slots.push(slot);
}

function entryArea(columns: EntryColumns, slot: number): UnnamedArea {
  const { texts } = columns.texts;
  return {
    kind: 'entry',
    id: columns.ids[slot]!,
    name: '',
    format: texts[columns.format[slot]!]!,
    isPackage: texts[columns.kind[slot]!] === 'package',
    bytes: columns.allocated[slot]!,
  };
}

function areaOf(
  columns: EntryColumns,
  { key, bytes, count, inner, slots }: Group,
  within: string | null,
): UnnamedArea {
  const { texts } = columns.texts;
  const cells = [...inner]
    .map(([name, size]): UnnamedCell => ({ name, format: null, bytes: size, entryId: null }))
    .concat(
      slots.map((slot): UnnamedCell => ({
        name: '',
        format: texts[columns.format[slot]!]!,
        bytes: columns.allocated[slot]!,
        entryId: columns.ids[slot]!,
      })),
    )
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, cellsShown);
  const left = cells.reduce((rest, cell) => rest - cell.bytes, bytes);
  if (left > 0) cells.push({ name: '', format: null, bytes: left, entryId: null });
  return {
    kind: 'group',
    key,
    name: nameWithin(key, within),
    bytes,
    count,
    cells,
  };
}

/** A folder's way from the one that is shown; a format is called what it is. */
function nameWithin(key: string, within: string | null): string {
  if (within === null) return key;
  const start = within.endsWith(sep) ? within : within + sep;
  return key.startsWith(start) ? key.slice(start.length) : key;
}

/** The largest from `skip` on, and all others as one area. */
function largest(areas: readonly UnnamedArea[], skip: number): UnnamedArea[] {
  const from = areas.slice(skip);
  const whole = from.reduce((bytes, area) => bytes + area.bytes, 0);
  const small = from.findIndex(({ bytes }) => bytes < whole * smallestShare);
  const shown = from.slice(0, Math.min(areasShown, Math.max(leastShown, small < 0 ? from.length : small)));
  const rest = from.slice(shown.length);
  if (rest.length === 0) return shown;
  return [
    ...shown,
    {
      kind: 'rest',
      name: '',
      bytes: rest.reduce((bytes, area) => bytes + area.bytes, 0),
      count: rest.reduce((count, area) => count + (area.kind === 'group' ? area.count : 1), 0),
      next: skip + shown.length,
    },
  ];
}

function byFormat(columns: EntryColumns, { within }: SpaceQuery): Places {
  const { texts } = columns.texts;
  const placeOf = (slot: number): Placed | null => {
    const format = texts[columns.format[slot]!]!;
    if (within === null) return { group: format, inner: null };
    return format === within ? { group: null, inner: null } : null;
  };
  return { within, placeOf };
}

/** Folders lie in each other: an entry is in a folder of the one that is shown, or further down in that. */
function byFolder(columns: EntryColumns, slots: Uint32Array, { within }: SpaceQuery): Places {
  const paths = columns.folders.texts;
  const codes = new Set<number>();
  for (const slot of slots) codes.add(columns.folder[slot]!);
  const asked = within === null ? [] : partsOf(within);
  const below = [...codes].map((code) => [code, partsOf(paths[code]!)] as const);
  const inside = below.filter(([, parts]) => asked.every((part, at) => parts[at] === part));
  const base = inside.map(([, parts]) => parts).reduce<string[] | null>(commonParts, null) ?? asked;
  // A folder that holds one folder and nothing else is no step of its own.
  const chains = new Map<string, string[]>();
  for (const [, parts] of inside) {
    const group = parts[base.length];
    if (group !== undefined) chains.set(group, commonParts(chains.get(group) ?? null, parts));
  }
  const places = new Map(
    inside.map(([code, parts]): [number, Placed] => {
      const chain = chains.get(parts[base.length] ?? '');
      if (chain === undefined) return [code, { group: null, inner: null }];
      return [code, { group: pathOf(chain), inner: parts[chain.length] ?? null }];
    }),
  );
  return {
    within: base.length === 0 ? within : pathOf(base),
    placeOf: (slot: number): Placed | null => places.get(columns.folder[slot]!) ?? null,
  };
}

function partsOf(path: string): string[] {
  const parts = path.split(sep);
  return parts.at(-1) === '' ? parts.slice(0, -1) : parts;
}

function pathOf(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! + sep : parts.join(sep);
}

function commonParts(common: string[] | null, parts: string[]): string[] {
  if (common === null) return parts;
  const end = common.findIndex((part, at) => parts[at] !== part);
  return end < 0 ? common : common.slice(0, end);
}

/** Gives the areas what is looked up only of those that are shown: their names, and how many entries stand on each. */
export function describeAreas(
  catalogue: Catalogue,
  relations: EntryRelations,
  by: SpaceGrouping,
  areas: readonly UnnamedArea[],
): SpaceArea[] {
  const ids = areas.flatMap((area) => {
    if (area.kind === 'entry') return [area.id];
    if (area.kind === 'rest') return [];
    const cells = area.cells.flatMap(({ entryId }) => entryId ?? []);
    return by === 'chain' ? [Number(area.key), ...cells] : cells;
  });
  const rows = catalogue.all<{ id: number; path: string }>(
    'SELECT id, path FROM images WHERE id IN (SELECT value FROM json_each(@ids))',
    { ids: JSON.stringify(ids) },
  );
  const names = new Map(rows.map(({ id, path }) => [id, basename(path)]));
  return areas.map((area): SpaceArea => {
    if (area.kind === 'entry') {
      return { ...area, name: names.get(area.id) ?? '', standing: relations.countStandingOn(area.id) };
    }
    if (area.kind === 'rest') return area;
    const cells = area.cells.map(({ name, format, bytes, entryId }) => ({
      name: entryId === null ? name : (names.get(entryId) ?? ''),
      format,
      bytes,
    }));
    // A chain is called after its base.
    const name = by === 'chain' ? (names.get(Number(area.key)) ?? '') : area.name;
    return { ...area, name, cells };
  });
}
