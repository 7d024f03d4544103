/** The folders that Platter watches for images. */
import { eventIterator, type } from '@orpc/contract';
import * as z from 'zod';
import type { ScanResult, WatchedFolder } from '../domain/scan.ts';
import { call, identifier, path } from './base.ts';

export const folders = {
  /** All of them, by path. */
  list: call.output(type<readonly WatchedFolder[]>()),
  /** Tells that the list is other than before. */
  watch: call.output(eventIterator(type<'changed'>())),
  /** Watches a folder, and begins to look for images in it. */
  add: call.input(z.object({ path })).output(type<WatchedFolder>()),
  /** Stops watching; the files stay. With `forgetImages` the library forgets what it found there. */
  remove: call.input(z.object({ id: identifier, forgetImages: z.boolean() })).output(type<void>()),
  /** Looks through all of a folder now; ends with what was found. */
  scan: call.input(z.object({ id: identifier })).output(type<ScanResult>()),
};
