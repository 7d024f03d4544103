/** The parts of one entry in full, as its details show them and as questions name them. */
import type { LibraryEntry } from '#shared/domain/library.ts';
import type { EntryBelongings, Part } from '#shared/domain/parts.ts';
import { isOwning } from './belonging.ts';
import type { Catalogue } from './database.ts';
import type { EntryRelations } from './entry-relations.ts';
import { listSums } from './file-sums.ts';
import { findImages } from './images.ts';
import type { Link } from './references.ts';

/** More parts than anybody reads; the numbers beside an entry count all of them. */
const mostParts = 5000;

/** Null where there is no such entry. */
export function describeBelongings(
  catalogue: Catalogue,
  relations: EntryRelations,
  id: number,
): EntryBelongings | null {
  const [entry] = findImages(catalogue, [id]);
  if (entry === undefined) return null;
  const found = [...walk(relations, id)];
  const claimants = relations.claimantsOf(id);
  const whole = relations.wholeOf(id);
  const ids = [whole, ...claimants, ...found.flatMap(({ link }) => link.id ?? [])];
  const entries = new Map(findImages(catalogue, [...new Set(ids)]).map((one) => [one.id, one]));
  const parts = found.map(({ link, depth }) =>
    partOf(link, depth, entries, link.id === null ? isFileOfIts(link) : belongsTo(relations, link.id, id)),
  );
  return {
    whole: whole === id ? null : (entries.get(whole) ?? null),
    parts,
    sums: listSums(catalogue, entry.path),
    neededBy: claimants.flatMap((claimant) => {
      const link = relations.linksOf(claimant).find((one) => one.id === id);
      const other = entries.get(claimant);
      return link === undefined || other === undefined ? [] : [{ role: link.role, entry: other }];
    }),
  };
}

/** A part of a part belongs to its whole; seen from the part, it is below it. */
function belongsTo(relations: EntryRelations, part: number, id: number): boolean {
  return part !== id && relations.wholeOf(part) !== part && relations.wholeOf(part) === relations.wholeOf(id);
}

function isFileOfIts({ role }: Link): boolean {
  return isOwning(role) && role !== 'parent';
}

/** Each link once, followed by those of what it leads to. */
function* walk(relations: EntryRelations, id: number): Iterable<{ link: Link; depth: number }> {
  const seen = new Set<number | string>([id]);
  const stack = [...relations.linksOf(id)].reverse().map((link) => ({ link, depth: 1 }));
  for (let count = 0; stack.length > 0 && count < mostParts; count++) {
    const next = stack.pop()!;
    const key = next.link.id ?? next.link.path ?? next.link.name;
    if (seen.has(key)) continue;
    seen.add(key);
    yield next;
    if (next.link.id === null) continue;
    for (const link of [...relations.linksOf(next.link.id)].reverse()) {
      stack.push({ link, depth: next.depth + 1 });
    }
  }
}

function partOf(link: Link, depth: number, entries: ReadonlyMap<number, LibraryEntry>, own: boolean): Part {
  const { role, name, path, state, required, fileBytes } = link;
  const entry = link.id === null ? null : (entries.get(link.id) ?? null);
  const sizeBytes = entry?.allocatedBytes ?? (fileBytes > 0 ? fileBytes : null);
  return { role, name, path: entry?.path ?? path, state, sizeBytes, required, own, depth, entry };
}
