/** Choosing files and folders: the system's dialogs where there are some, else what an in-app picker needs. */
import { type } from '@orpc/contract';
import * as z from 'zod';
import type { FolderListing, LocatedFile } from '../domain/files.ts';
import { call, path } from './base.ts';

export const files = {
  /** The system's open dialog; null when it was closed without a choice. Only where `app.info` says nativeDialogs. */
  chooseFiles: call.output(type<readonly string[] | null>()),
  /** The system's folder dialog. Only where `app.info` says nativeDialogs. */
  chooseFolder: call.input(z.object({ startFolder: path.optional() })).output(type<string | null>()),
  /** The content of a folder, for the in-app picker; the home folder when none is given. */
  list: call.input(z.object({ folder: path.optional() })).output(type<FolderListing>()),
  /** Makes a folder in the in-app picker. */
  createFolder: call
    .input(z.object({ folder: path, name: z.string().min(1).max(255) }))
    .output(type<string>()),
  /** Looks for a file that a browser knows only by name, size and time, in the usual folders. */
  locate: call
    .input(
      z.object({
        name: z.string().min(1).max(255),
        sizeBytes: z.number().int().min(0),
        modifiedAt: z.number(),
      }),
    )
    .output(type<LocatedFile | null>()),
};
