/** What disks hold, whatever their format: who is the same as who, where one comes from, what they share. */
import { eventIterator, type } from '@orpc/contract';
import * as z from 'zod';
import type { ContentProgress, Duplicates, SharedContent, TrashedDuplicates } from '../domain/content.ts';
import type { Lineage } from '../domain/lineage.ts';
import { call, identifier } from './base.ts';

export const contents = {
  /** How far the library's contents are known. */
  progress: call.output(type<ContentProgress>()),
  /** Tells that the progress is another, or that duplicates may be others. */
  watch: call.output(eventIterator(type<'changed'>())),
  /** Stops reading contents in the background until it is told to go on, or Platter starts again. */
  pause: call.input(z.object({ paused: z.boolean() })).output(type<void>()),
  /** Reads all that is unread now, whatever the settings say. */
  readNow: call.output(type<void>()),
  duplicates: call.output(type<Duplicates>()),
  /**
   * Moves entries with the content of `keepId` to the trash, each after a look that nobody wrote into either since it was read,
   * and that no other entry stands on it. Ends at the first that may not go.
   */
  trashDuplicates: call
    .input(z.object({ keepId: identifier, ids: z.array(identifier).min(1).max(1000) }))
    .output(type<TrashedDuplicates>()),
  /** How much of an entry's content others hold, too; only one other where it is named. Null: its content is not known. */
  shared: call
    .input(z.object({ id: identifier, otherId: identifier.optional() }))
    .output(type<SharedContent | null>()),
  /** What an entry was made from, and what was made from it. */
  lineage: call.input(z.object({ id: identifier })).output(type<Lineage>()),
};
