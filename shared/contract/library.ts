/** The catalogue of images. */
import type { Message } from '../in-english.ts';
import { eventIterator, type } from '@orpc/contract';
import * as z from 'zod';
import {
  sortKeys,
  spaceGroupings,
  tagColors,
  type LibraryCounts,
  type LibraryDesk,
  type LibraryEntry,
  type LibraryEvent,
  type LibraryPage,
  type SavedSearch,
  type SpaceMap,
} from '../domain/library.ts';
import type { EntryBelongings } from '../domain/parts.ts';
import { longestQuery } from '../query/parse.ts';
import { call, fileName, identifier, path } from './base.ts';

const queryText = z.string().max(longestQuery);
const query = z.object({
  text: queryText,
  scope: queryText,
  sort: z.object({
    key: z.enum(sortKeys),
    direction: z.enum(['ascending', 'descending']),
  }),
});
const offset = z.number().int().min(0);
/** What one call may name. */
const ids = z.array(identifier).min(1).max(1000);
/** A change of many entries is one step of undo, and so one call. */
const manyIds = z.array(identifier).min(1).max(200_000);
const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((value) => !/[\0-\x1f]/.test(value), 'a name has no control characters');

export const library = {
  /** A page of the entries that answer a query; `place` asks where one entry stands among them. */
  query: call
    .input(query.extend({ offset, limit: z.number().int().min(0).max(500), place: identifier.optional() }))
    .output(type<LibraryPage>()),
  /** The live counts beside a list, and those of collections, given as queries. */
  counts: call
    .input(query.pick({ text: true, scope: true }).extend({ scopes: z.array(queryText).max(200) }))
    .output(type<LibraryCounts>()),
  /** What the entries that answer a query take on the disk, put together by folder, format or chain. */
  space: call
    .input(
      query.pick({ text: true, scope: true }).extend({
        by: z.enum(spaceGroupings),
        within: path.nullable(),
        skip: z.number().int().min(0),
      }),
    )
    .output(type<SpaceMap>()),
  /** The ids of the entries from place `offset` on, in the query's order: what a selection of many needs. */
  ids: call.input(query.extend({ offset, limit: z.number().int().min(0) })).output(type<readonly number[]>()),
  /** The entries with these ids; those that are gone are left out. */
  entries: call.input(z.object({ ids })).output(type<readonly LibraryEntry[]>()),
  /** The entry of a file; null when it is not in the library. */
  find: call.input(z.object({ path })).output(type<LibraryEntry | null>()),
  /** Tells of changes, and has a look whether the files are where they were. */
  watch: call.output(eventIterator(type<LibraryEvent>())),
  /** Looks at the files by content and adds them; one that is there already is looked at again. */
  add: call
    .input(z.object({ paths: z.array(path).min(1).max(1000) }))
    .output(type<readonly LibraryEntry[]>()),
  /** Forgets the entries, with all that belongs to them alone; the files stay. */
  remove: call.input(z.object({ ids: manyIds })).output(type<void>()),
  /** Renames the file in its folder, never over another one. */
  rename: call.input(z.object({ id: identifier, fileName })).output(type<LibraryEntry>()),
  /** The entry's file is this one now: one that is missing is found again. It must be an image of the same kind and format. */
  locate: call.input(z.object({ id: identifier, path })).output(type<LibraryEntry>()),
  /** What belongs to an entry, and what it belongs to; null where there is no such entry. */
  belongings: call.input(z.object({ id: identifier })).output(type<EntryBelongings | null>()),
  /**
   * Moves the file to the system's trash and forgets the entry; with `parts`, also what belongs to it alone. Files that
   * are not there are forgotten with it.
   */
  trash: call.input(z.object({ id: identifier, parts: z.boolean().optional() })).output(type<void>()),
  /** Tags and rates entries, and notes something down about them; tags that there are not are made. */
  annotate: call
    .input(
      z.object({
        ids: manyIds,
        addTags: z.array(name).max(50).optional(),
        removeTags: z.array(name).max(50).optional(),
        note: z.string().max(100_000).nullable().optional(),
        rating: z.number().int().min(1).max(5).nullable().optional(),
      }),
    )
    .output(type<void>()),
  /** Tags, collections, and what can be undone: asked for again after every change. */
  desk: call.output(type<LibraryDesk>()),
  changeTag: call
    .input(z.object({ id: identifier, name: name.optional(), color: z.enum(tagColors).optional() }))
    .output(type<void>()),
  removeTag: call.input(z.object({ id: identifier })).output(type<void>()),
  /** Keeps a search as a collection; with `id`, changes one. */
  saveSearch: call
    .input(z.object({ id: identifier.optional(), name, query: queryText }))
    .output(type<SavedSearch>()),
  removeSearch: call.input(z.object({ id: identifier })).output(type<void>()),
  /** Puts the collections into this order. */
  orderSearches: call.input(z.object({ ids })).output(type<void>()),
  /** Takes the last change of the library back, or does it again; answers what it was, null when there was none. */
  undo: call.input(z.object({ direction: z.enum(['undo', 'redo']) })).output(type<Message | null>()),
  /** Has the files of entries dragged out of the window, in place of the drag that has begun in it; those that are missing are left out. */
  drag: call.input(z.object({ ids })).output(type<void>()),
  /** Shows the file in the system's file manager. */
  reveal: call.input(z.object({ id: identifier })).output(type<void>()),
};
