/** Images that stand on others, as a tree for the space view: a base with all that needs it is what goes together. */
import type { EntryColumns } from './entry-columns.ts';
import type { EntryRelations } from './entry-relations.ts';
import type { Places } from './space-places.ts';

/** Longer chains lead in a circle, or cannot be opened anyway. */
const deepest = 256;

/** @param slots of the entries that are looked at. `within`: the id of the entry whose tree is shown; null for all. */
export function byChain(
  columns: EntryColumns,
  relations: EntryRelations,
  slots: Uint32Array,
  within: string | null,
): Places {
  const shown = new Set<number>();
  for (const slot of slots) if (!columns.missing.has(slot)) shown.add(columns.ids[slot]!);
  const hasChildren = new Set<number>();
  const parents = new Map<number, number>();
  for (const id of shown) {
    const parent = parentOf(relations, id, shown);
    if (parent === null) continue;
    parents.set(id, parent);
    hasChildren.add(parent);
  }
  const asked = within === null ? null : Number(within);
  return {
    within,
    placeOf: (slot) => {
      const id = columns.ids[slot]!;
      if (id === asked) return { group: null, inner: null };
      const branch = branchBelow(parents, id, asked);
      if (branch === null) return null;
      return { group: hasChildren.has(branch) ? String(branch) : null, inner: null };
    },
  };
}

/** The entry on the way from `id` to its base that stands on `asked` itself; null where `asked` is not on that way. */
function branchBelow(parents: ReadonlyMap<number, number>, id: number, asked: number | null): number | null {
  let at = id;
  for (let steps = 0; steps < deepest; steps++) {
    const parent = parents.get(at) ?? null;
    if (parent === asked) return at;
    if (parent === null) return null;
    at = parent;
  }
  return asked === null ? id : null;
}

/** The nearest entry among those that are shown that this one stands on; what is a part of another is where that is. */
function parentOf(relations: EntryRelations, id: number, shown: ReadonlySet<number>): number | null {
  const seen = new Set([id]);
  for (let at = relations.parentOf(id); at !== null && !seen.has(at); at = relations.parentOf(at)) {
    const whole = relations.wholeOf(at);
    if (whole !== id && shown.has(whole)) return whole;
    seen.add(at);
  }
  return null;
}
