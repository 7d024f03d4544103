/** How the entries in memory belong together: what is known of it follows the record of changes, as the columns do. */
import type { EntryParts } from '#shared/domain/library.ts';
import { belongingOf, isOwning, type ChainState } from './belonging.ts';
import { Bits } from './bits.ts';
import type { Catalogue } from './database.ts';
import type { EntryColumns } from './entry-columns.ts';
import { listWholes, listWholesAround, readLinks, type Link } from './references.ts';

const noLinks: readonly Link[] = [];

export class EntryRelations {
  readonly #columns: EntryColumns;
  readonly #links = new Map<number, readonly Link[]>();
  /** The entries that claim each. */
  readonly #claimants = new Map<number, Set<number>>();
  #wholeOf: ReadonlyMap<number, number> = new Map();
  #chains: ReadonlyMap<number, ChainState> = new Map();
  /** The parts of each whole, in the order in which they are said. */
  readonly #partsOf = new Map<number, number[]>();
  #parts = new Bits(0);
  #incomplete = new Bits(0);

  constructor(columns: EntryColumns) {
    this.#columns = columns;
  }

  /** The slots of entries that are parts of others. */
  get parts(): Bits {
    return this.#parts;
  }

  /** The slots of entries that lack a part, or of which a part lacks one. */
  get incomplete(): Bits {
    return this.#incomplete;
  }

  /** The entry that this one is a part of; itself where it is none. */
  wholeOf(id: number): number {
    return this.#wholeOf.get(id) ?? id;
  }

  chainOf(id: number): ChainState | null {
    return this.#chains.get(id) ?? null;
  }

  /** The ids of all parts of an entry, and of their parts. */
  partsOf(id: number): readonly number[] {
    return this.#partsOf.get(id) ?? [];
  }

  linksOf(id: number): readonly Link[] {
    return this.#links.get(id) ?? noLinks;
  }

  /** The entry whose bytes show through this one; null where there is none, or it is no entry. */
  parentOf(id: number): number | null {
    return this.linksOf(id).find(({ role }) => role === 'parent')?.id ?? null;
  }

  /** How many listed entries cannot be read without this one: all that stand on it, and on those. */
  countStandingOn(id: number): number {
    const standing = new Set<number>([id]);
    for (const one of standing) {
      for (const claimant of this.#claimants.get(one) ?? []) {
        if (this.parentOf(claimant) === one) standing.add(claimant);
      }
    }
    const wholes = new Set([...standing].map((one) => this.wholeOf(one)));
    wholes.delete(id);
    return wholes.size;
  }

  claimantsOf(id: number): readonly number[] {
    return [...(this.#claimants.get(id) ?? [])].sort((a, b) => a - b);
  }

  /** Reads everything. */
  load(catalogue: Catalogue): void {
    this.restore(readLinks(catalogue, listWholes(catalogue)));
  }

  /** All that is known of what files say, to be kept until the next start. */
  get kept(): ReadonlyMap<number, readonly Link[]> {
    return this.#links;
  }

  /** Takes what was kept, in place of what is known. */
  restore(links: ReadonlyMap<number, readonly Link[]>): void {
    this.#links.clear();
    this.#claimants.clear();
    this.#put(links);
    this.#derive();
  }

  /** Takes in that these entries are new, other than before, or gone. @returns slots of others that look different now. */
  take(catalogue: Catalogue, ids: readonly number[]): number[] {
    const wholes = new Set(ids);
    for (const id of ids) for (const whole of this.#claimants.get(id) ?? []) wholes.add(whole);
    for (const whole of listWholesAround(catalogue, ids)) wholes.add(whole);
    const links = readLinks(catalogue, [...wholes]);
    // Most changes are of files that nobody speaks of.
    if (links.size === 0 && ![...wholes].some((id) => this.#links.has(id))) {
      this.#resize();
      return [];
    }
    for (const id of wholes) this.#drop(id);
    this.#put(links);
    return this.#derive();
  }

  /** What belongs to an entry, in numbers; null where it is one file by itself. */
  describe(id: number): EntryParts | null {
    const chain = this.chainOf(id);
    const files = this.#filesOf(id);
    const count = this.partsOf(id).length + files.count;
    const whole = this.#wholeOf.get(id) ?? null;
    if (count === 0 && files.missing === 0 && chain === null && whole === null) return null;
    const slot = this.#columns.slotOf(id);
    const bytes = slot === undefined ? 0 : this.#columns.allocated[slot]! || 0;
    return { count, missing: files.missing, bytes, chain, whole };
  }

  #put(links: ReadonlyMap<number, readonly Link[]>): void {
    for (const [whole, own] of links) {
      this.#links.set(whole, own);
      for (const { id } of own) {
        if (id === null) continue;
        const known = this.#claimants.get(id);
        if (known === undefined) this.#claimants.set(id, new Set([whole]));
        else known.add(whole);
      }
    }
  }

  #drop(whole: number): void {
    for (const { id } of this.#links.get(whole) ?? []) {
      const known = id === null ? undefined : this.#claimants.get(id);
      known?.delete(whole);
      if (id !== null && known?.size === 0) this.#claimants.delete(id);
    }
    this.#links.delete(whole);
  }

  #resize(): void {
    const capacity = this.#columns.ids.length;
    this.#parts = this.#parts.copy(capacity);
    this.#incomplete = this.#incomplete.copy(capacity);
  }

  /** All that follows from the links. @returns the slots whose size is another one. */
  #derive(): number[] {
    const { wholeOf, chains } = belongingOf(this.#links);
    this.#wholeOf = wholeOf;
    this.#chains = chains;
    const before = this.#partsOf.keys();
    const touched = new Set(before);
    this.#partsOf.clear();
    for (const [part, whole] of wholeOf) {
      const known = this.#partsOf.get(whole);
      if (known === undefined) this.#partsOf.set(whole, [part]);
      else known.push(part);
    }
    for (const whole of this.#links.keys()) touched.add(whole);
    const columns = this.#columns;
    this.#parts = new Bits(columns.ids.length);
    this.#incomplete = new Bits(columns.ids.length);
    for (const part of wholeOf.keys()) {
      const slot = columns.slotOf(part);
      if (slot !== undefined) this.#parts.add(slot);
      touched.add(part);
    }
    return [...touched].flatMap((id) => this.#size(id) ?? []);
  }

  /** Adds up what a whole takes with its parts. @returns its slot where that is new. */
  #size(id: number): number | null {
    const columns = this.#columns;
    const slot = columns.slotOf(id);
    if (slot === undefined) return null;
    const files = this.#filesOf(id);
    if (files.missing > 0) this.#incomplete.add(slot);
    let bytes = columns.own[slot]!;
    if (!this.#wholeOf.has(id)) {
      for (const part of this.partsOf(id)) {
        const own = columns.slotOf(part);
        if (own !== undefined) bytes = sum(bytes, columns.own[own]!);
      }
      if (files.bytes > 0) bytes = sum(bytes, files.bytes);
    }
    if (Object.is(columns.allocated[slot], bytes)) return null;
    columns.allocated[slot] = bytes;
    return slot;
  }

  /** The files of an entry and its parts that are no entries themselves, and how many of all are missing. */
  #filesOf(id: number): { readonly count: number; readonly missing: number; readonly bytes: number } {
    const files = new Map<string, number>();
    let missing = 0;
    for (const one of [id, ...this.partsOf(id)]) {
      for (const link of this.linksOf(one)) {
        if (link.required && link.state === 'missing') missing += 1;
        const isFile = link.id === null && link.path !== null && link.state === 'present';
        // A parent that the library does not have may be that of many.
        if (isFile && isOwning(link.role) && link.role !== 'parent') files.set(link.path, link.fileBytes);
      }
    }
    const bytes = [...files.values()].reduce((total, one) => total + one, 0);
    return { count: files.size, missing, bytes };
  }
}

/** What is not there takes nothing; that nothing is there stays unknown. */
function sum(first: number, second: number): number {
  return Number.isNaN(first) ? second : Number.isNaN(second) ? first : first + second;
}
