/** The personal library: images and packages that the catalogue remembers, and what is asked about them. */
import type { Message } from '../in-english.ts';
import type { QueryProblem } from '../query/parse.ts';
import type { ImageKind } from './image.ts';
import type { SumState } from './parts.ts';
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

/** What belongs to an entry, or what it belongs to. */
export interface EntryParts {
  /** Files that belong to it and are there, without its own. */
  readonly count: number;
  /** Files without which it is not whole. */
  readonly missing: number;
  /** What all of it takes on the disk. */
  readonly bytes: number;
  /** Whether its parents are all there; null: it has none. `unknown`: one lies where Platter does not look. */
  readonly chain: 'complete' | 'broken' | 'unknown' | null;
  /** The entry that it is a part of; null where it is none. */
  readonly whole: number | null;
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
  /** When the file was last written, since 1970; null where it is not known. */
  readonly modifiedMilliseconds: number | null;
  /** The file was not where the catalogue says when last looked for. */
  readonly missing: boolean;
  readonly tags: readonly EntryTag[];
  /** Markdown, as the person wrote it. */
  readonly note: string | null;
  /** 1 to 5 stars. */
  readonly rating: number | null;
  /** The system on it, in the words of who said so: `debian 12`, `Windows10_64`. Null where it is not known. */
  readonly guest: string | null;
  /** Of entries in an answer to a query; absent where it is one file by itself. */
  readonly parts?: EntryParts;
  /** Of entries in an answer to a query: how the file stands to checksums beside it; absent where there are none. */
  readonly sums?: SumState;
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
  readonly undo: Message | null;
  readonly redo: Message | null;
}

/** The columns that the list can show, each of which it can be sorted by. */
export const sortKeys = [
  'name',
  'kind',
  'format',
  'virtualSize',
  'onDisk',
  'folder',
  'tags',
  'rating',
  'modified',
  'added',
] as const;
export type SortKey = (typeof sortKeys)[number];

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

/** By what entries that take room on the disk are put together; a chain is a base with all that stands on it. */
export const spaceGroupings = ['folder', 'format', 'chain'] as const;
export type SpaceGrouping = (typeof spaceGroupings)[number];

export interface SpaceQuery {
  /** In the query language, as of a list. */
  readonly text: string;
  readonly scope: string;
  readonly by: SpaceGrouping;
  /** The group that is looked into: a folder's path, a format's id, the id of a chain's base; null for all. */
  readonly within: string | null;
  /** So many areas, the largest, are left out: they were shown before. */
  readonly skip: number;
}

/** An area inside of another one: seen, not gone to. */
export interface SpaceCell {
  readonly name: string;
  /** The format of an entry; null for what holds several. */
  readonly format: string | null;
  /** On the disk. */
  readonly bytes: number;
}

export type SpaceArea = { readonly name: string; readonly bytes: number } & (
  | {
      readonly kind: 'entry';
      readonly id: number;
      readonly format: string;
      readonly isPackage: boolean;
      /** So many other entries cannot be read without it. */
      readonly standing: number;
    }
  /** `key` is what `within` takes. */
  | {
      readonly kind: 'group';
      readonly key: string;
      readonly count: number;
      /** The largest, and what is left as one. */
      readonly cells: readonly SpaceCell[];
    }
  /** What is too small to be drawn. */
  | { readonly kind: 'rest'; readonly count: number; /** What `skip` takes. */ readonly next: number }
);

/** What entries take on the disk, the largest areas first. */
export interface SpaceMap {
  readonly revision: number;
  /** Of those that are looked at, without those whose files are missing. */
  readonly bytes: number;
  readonly count: number;
  readonly missing: number;
  /** The group that is shown: where all entries are further down, it is the folder that has them. */
  readonly within: string | null;
  readonly areas: readonly SpaceArea[];
}

/** Entries are new, other than before, or gone; null where they are too many to name. */
export interface LibraryEvent {
  readonly changed: readonly number[] | null;
}
