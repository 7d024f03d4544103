/** What belongs together, worked out the plain way, from each entry by itself: what the index must agree with. */
import type { ReferenceRole } from '#shared/domain/parts.ts';

export interface PlainLink {
  readonly role: ReferenceRole;
  readonly target: string;
  readonly required: boolean;
  /** Of a file that is no entry: whether it was there; null where nobody looked. */
  readonly found: boolean | null;
}

export interface PlainEntry {
  readonly path: string;
  readonly missing: boolean;
  readonly links: readonly PlainLink[];
}

export class PlainBelonging {
  readonly #entries: ReadonlyMap<string, PlainEntry>;

  constructor(entries: readonly PlainEntry[]) {
    this.#entries = new Map(entries.map((entry) => [entry.path, entry]));
  }

  /** The entry that nobody claims, where all ways upwards end in it; itself where they do not, or go in a circle. */
  wholeOf(path: string): string {
    if (this.#goesInCircles(path, [])) return path;
    const wholes = new Set(this.#claimants(path).map((one) => this.wholeOf(one)));
    return wholes.size === 1 ? [...wholes][0]! : path;
  }

  partsOf(path: string): readonly string[] {
    return [...this.#entries.keys()].filter((one) => one !== path && this.wholeOf(one) === path);
  }

  chainOf(path: string, below: readonly string[] = []): 'none' | 'complete' | 'broken' | 'unknown' {
    const parent = this.#linksOf(path).find(({ role }) => role === 'parent');
    if (parent === undefined) return 'none';
    if (below.includes(path)) return 'broken';
    const state = this.#stateOf(parent);
    if (state !== 'present') return state === 'missing' ? 'broken' : 'unknown';
    const next = this.chainOf(parent.target, [...below, path]);
    return next === 'none' ? 'complete' : next;
  }

  isIncomplete(path: string): boolean {
    return [path, ...this.partsOf(path)].some((one) =>
      this.#linksOf(one).some((link) => link.required && this.#stateOf(link) === 'missing'),
    );
  }

  #linksOf(path: string): readonly PlainLink[] {
    return this.#entries.get(path)?.links ?? [];
  }

  #stateOf({ target, found }: PlainLink): 'present' | 'missing' | 'unknown' {
    const entry = this.#entries.get(target);
    if (entry !== undefined) return entry.missing ? 'missing' : 'present';
    return found === null ? 'unknown' : found ? 'present' : 'missing';
  }

  #claimants(path: string): string[] {
    return [...this.#entries.values()]
      .filter((one) => one.path !== path)
      .filter(({ links }) => links.some(({ role, target }) => role !== 'medium' && target === path))
      .map((one) => one.path);
  }

  #goesInCircles(path: string, below: readonly string[]): boolean {
    if (below.includes(path)) return true;
    return this.#claimants(path).some((one) => this.#goesInCircles(one, [...below, path]));
  }
}
