/** Which entries are parts of which: a pure function of what they say of each other, whatever came first. */
import type { ReferenceRole } from '#shared/domain/parts.ts';

/** A link as far as it matters here. */
export interface Claim {
  readonly role: ReferenceRole;
  readonly id: number | null;
  readonly state: 'present' | 'missing' | 'unknown';
}

/** How an entry stands to its parents. Absent for what has none. */
export type ChainState = 'complete' | 'broken' | 'unknown';

export interface Belonging {
  /** The whole that each part belongs to: never a part itself. */
  readonly wholeOf: ReadonlyMap<number, number>;
  readonly chains: ReadonlyMap<number, ChainState>;
}

/** A medium that a machine has in its drive is nobody's part. */
export function isOwning(role: ReferenceRole): boolean {
  return role !== 'medium';
}

/**
 * An entry belongs to what claims it, as long as all its claimants belong to one whole in the end: a base image of two
 * overlays stays its own entry, unless one machine has both. What claims itself, over however many others, does not.
 */
export function belongingOf(claims: ReadonlyMap<number, readonly Claim[]>): Belonging {
  const claimants = new Map<number, Set<number>>();
  for (const [whole, parts] of claims) {
    for (const { role, id } of parts) {
      if (id === null || id === whole || !isOwning(role)) continue;
      const known = claimants.get(id);
      if (known === undefined) claimants.set(id, new Set([whole]));
      else known.add(whole);
    }
  }
  return { wholeOf: wholesOf(claims, claimants), chains: chainsOf(claims) };
}

/** From the wholes that nobody claims downwards: a part is settled when all its claimants are. */
function wholesOf(
  claims: ReadonlyMap<number, readonly Claim[]>,
  claimants: ReadonlyMap<number, ReadonlySet<number>>,
): Map<number, number> {
  const wholeOf = new Map<number, number>();
  const left = new Map([...claimants].map(([part, wholes]) => [part, wholes.size]));
  const settled = [...claims.keys()].filter((id) => !claimants.has(id));
  // What goes in a circle is never reached, and stays by itself.
  for (let at = 0; at < settled.length; at++) {
    const whole = settled[at]!;
    const done = new Set<number>();
    for (const { role, id } of claims.get(whole) ?? []) {
      if (id === null || id === whole || !isOwning(role) || done.has(id)) continue;
      done.add(id);
      const rest = left.get(id)! - 1;
      left.set(id, rest);
      if (rest > 0) continue;
      const roots = new Set([...claimants.get(id)!].map((one) => wholeOf.get(one) ?? one));
      if (roots.size === 1) wholeOf.set(id, [...roots][0]!);
      settled.push(id);
    }
  }
  return wholeOf;
}

function chainsOf(claims: ReadonlyMap<number, readonly Claim[]>): Map<number, ChainState> {
  const chains = new Map<number, ChainState>();
  const parentOf = (id: number): Claim | undefined => claims.get(id)?.find(({ role }) => role === 'parent');
  for (const id of claims.keys()) {
    const way: number[] = [];
    const onWay = new Set<number>();
    let state: ChainState = 'complete';
    for (let at: number | null = id; at !== null;) {
      const known = chains.get(at);
      const parent: Claim | undefined = known === undefined ? parentOf(at) : undefined;
      if (known !== undefined) state = known;
      if (parent === undefined) break;
      if (onWay.has(at)) {
        state = 'broken';
        break;
      }
      way.push(at);
      onWay.add(at);
      if (parent.state !== 'present') {
        state = parent.state === 'missing' ? 'broken' : 'unknown';
        break;
      }
      at = parent.id;
    }
    for (const one of way) chains.set(one, state);
  }
  return chains;
}
