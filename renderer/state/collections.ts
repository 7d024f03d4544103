/** The collections of the library: those that are always there, and the searches that a person keeps. */
import { t } from '#shared/text/words.ts';
import { desk } from './desk.svelte.ts';

/** A query, and what it is called. */
export interface Collection {
  readonly name: string;
  readonly query: string;
}

/** Those that are always there. */
export const collections = {
  all: { name: t('Library'), query: '' },
  disk: { name: t('Disks'), query: 'kind:disk' },
  package: { name: t('Packages'), query: 'kind:package' },
  other: { name: t('Other images'), query: '-kind:disk -kind:package' },
  missing: { name: t('Missing files'), query: 'is:missing' },
} as const satisfies Record<string, Collection>;

/** All of them, in the order of the sidebar. */
export function allCollections(): readonly Collection[] {
  return [...Object.values(collections), ...desk.searches];
}

/** What the collection with this query is called. */
export function collectionName(query: string): string {
  return allCollections().find((one) => one.query === query)?.name ?? t('Library');
}
