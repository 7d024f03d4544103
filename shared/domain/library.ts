/** The personal library: images and packages that the catalogue remembers, and what is asked about them. */
import type { QueryProblem } from '../query/parse.ts';
import type { ImageKind } from './image.ts';
import type { OptionValues } from './conversion.ts';

/** How Platter made the image, when it did. */
export interface Origin {
  readonly kind: 'extracted' | 'converted' | 'built' | 'prepared';
  /** The package or image it was made from. */
  readonly sourcePath: string;
  /** The disk in the package. */
  readonly disk: string | null;
  readonly format: string;
  readonly options: OptionValues;
}

export interface LibraryEntry {
  readonly id: number;
  readonly path: string;
  readonly name: string;
  readonly kind: ImageKind;
  readonly format: string;
  readonly variant: string | null;
  readonly virtualSizeBytes: number | null;
  readonly fileSizeBytes: number;
  readonly allocatedBytes: number;
  readonly sha256: string | null;
  readonly origin: Origin | null;
  /** ISO 8601. */
  readonly addedAt: string;
  /** The file was not where the catalogue says when last looked for. */
  readonly missing: boolean;
  readonly tags: readonly EntryTag[];
  /** Markdown, as the person wrote it. */
  readonly note: string | null;
  /** 1 to 5 stars. */
  readonly rating: number | null;
}

export const tagColors = [
  'gray',
  'red',
  'orange',
  'yellow',
  'green',
  'teal',
  'blue',
  'purple',
  'pink',
] as const;
export type TagColor = (typeof tagColors)[number];

export interface EntryTag {
  readonly id: number;
  readonly name: string;
  readonly color: TagColor;
}

export interface Tag extends EntryTag {
  /** How many entries have it. */
  readonly count: number;
}

/** What is said of entries at once. */
export interface Annotation {
  /** Names of tags; one that there is not is made. */
  readonly addTags?: readonly string[] | undefined;
  readonly removeTags?: readonly string[] | undefined;
  /** Null or empty: there is none any more. */
  readonly note?: string | null | undefined;
  /** 1 to 5. */
  readonly rating?: number | null | undefined;
}

export interface TagChange {
  readonly name?: string | undefined;
  readonly color?: TagColor | undefined;
}

/** A collection: a search that was kept. */
export interface SavedSearch {
  readonly id: number;
  readonly name: string;
  readonly query: string;
}

/** What a person has added to the library, and what can be taken back. */
export interface LibraryDesk {
  readonly tags: readonly Tag[];
  readonly searches: readonly SavedSearch[];
  /** What would be undone, and done again, next: in words; null when there is nothing. */
  readonly undo: string | null;
  readonly redo: string | null;
}

export type SortKey = 'name' | 'format' | 'virtualSize' | 'onDisk' | 'added' | 'modified' | 'rating';

export interface Sort {
  readonly key: SortKey;
  readonly direction: 'ascending' | 'descending';
}

/** Which entries, and in what order. */
export interface LibraryQuery {
  /** In the query language: what is typed into the search box. */
  readonly text: string;
  /** The collection that is looked at, in the same language; empty for the whole library. */
  readonly scope: string;
  readonly sort: Sort;
}

/** A part of the entries that answer a query. */
export interface LibraryPage {
  /** Grows with every change to the library: answers with the same revision belong together. */
  readonly revision: number;
  /** How many entries answer the query, and what those that are there take on the disk. */
  readonly total: number;
  readonly bytes: number;
  readonly offset: number;
  readonly entries: readonly LibraryEntry[];
  /** Where the entry that was asked for stands among all that answer; null where it is not. */
  readonly place: number | null;
  readonly problems: readonly QueryProblem[];
  /** Words that nothing holds, and what was searched instead. */
  readonly corrections: readonly { readonly word: string; readonly instead: readonly string[] }[];
}

/** How many entries of a query have a value: as if nothing were chosen of its key yet. */
export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

export interface Facet {
  readonly key: string;
  /** The most frequent first. */
  readonly values: readonly FacetValue[];
}

export interface LibraryCounts {
  readonly revision: number;
  readonly facets: readonly Facet[];
  /** How many entries each of the scopes that were asked for has, in their order. */
  readonly scopes: readonly number[];
}

/** Entries are new, other than before, or gone; null where they are too many to name. */
export interface LibraryEvent {
  readonly changed: readonly number[] | null;
}
