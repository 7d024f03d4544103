/** The catalogue of images. */
import { eventIterator, type } from '@orpc/contract';
import * as z from 'zod';
import type { LibraryEntry, LibraryEvent } from '../domain/library.ts';
import { call, fileName, identifier, path } from './base.ts';

export const library = {
  /** All entries, the newest first. */
  list: call.output(type<readonly LibraryEntry[]>()),
  watch: call.output(eventIterator(type<LibraryEvent>())),
  /** Looks at the files by content and adds them; one that is there already is looked at again. */
  add: call
    .input(z.object({ paths: z.array(path).min(1).max(1000) }))
    .output(type<readonly LibraryEntry[]>()),
  /** Forgets the entry; the file stays. */
  remove: call.input(z.object({ id: identifier })).output(type<void>()),
  /** Renames the file in its folder, never over another one. */
  rename: call.input(z.object({ id: identifier, fileName })).output(type<LibraryEntry>()),
  /** The entry's file is this one now: one that is missing is found again. It must be an image of the same kind and format. */
  locate: call.input(z.object({ id: identifier, path })).output(type<LibraryEntry>()),
  /** Moves the file to the system's trash and forgets the entry. */
  trash: call.input(z.object({ id: identifier })).output(type<void>()),
  /** Shows the file in the system's file manager. */
  reveal: call.input(z.object({ id: identifier })).output(type<void>()),
};
