/** How many entries of the library there are: in each collection, and by what the list can be narrowed by. */
import { SvelteMap } from 'svelte/reactivity';
import type { Facet, FacetValue, LibraryQuery } from '#shared/domain/library.ts';
import { api } from '../api.ts';
import { allCollections, collections } from './collections.ts';
import { desk } from './desk.svelte.ts';

export class LibraryCounts {
  facets = $state.raw<readonly Facet[]>([]);
  /** By the collection's query. */
  readonly #byCollection = new SvelteMap<string, number>();

  /** How many there are in all; null until they were counted. */
  get all(): number | null {
    return this.#byCollection.get(collections.all.query) ?? null;
  }

  /** How many entries a collection has. */
  of(query: string): number {
    return this.#byCollection.get(query) ?? 0;
  }

  /** The values of a query's key that entries have, as far as nothing else stands against them. */
  knownValues(key: string): readonly FacetValue[] {
    const counted = this.facets.find((facet) => facet.key === key)?.values ?? [];
    if (key !== 'tag') return counted;
    const others = desk.tags.filter(({ name }) => !counted.some(({ value }) => value === name));
    return [...counted, ...others.map(({ name }) => ({ value: name, count: 0 }))];
  }

  /** Counts anew what answers a query. @throws Failure. */
  async refetch({ text, scope }: LibraryQuery): Promise<void> {
    const scopes = allCollections().map(({ query }) => query);
    const counts = await api.library.counts({ text, scope, scopes });
    this.facets = counts.facets;
    for (const [index, one] of scopes.entries()) this.#byCollection.set(one, counts.scopes[index] ?? 0);
  }
}
