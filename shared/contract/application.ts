/** The application: facts about its host, requests from outside the window, settings. */
import { eventIterator, type } from '@orpc/contract';
import * as z from 'zod';
import type { AppInfo, AppRequest, Settings } from '../domain/app.ts';
import { languages } from '../language.ts';
import { call, path } from './base.ts';
import { jobLimits } from './jobs.ts';

export const application = {
  info: call.output(type<AppInfo>()),
  /** What is asked of the window from now on, and what was asked before it was ready. */
  requests: call.output(eventIterator(type<AppRequest>())),
};

const columnKey = z.string().min(1).max(30);

export const settings = {
  get: call.output(type<Settings>()),
  change: call
    .input(
      z
        .object({
          theme: z.enum(['system', 'light', 'dark']),
          language: z.enum(['system', ...languages]),
          density: z.enum(['comfortable', 'compact']),
          outputFolder: path.nullable(),
          defaultFormat: z.string().min(1).max(64),
          verifyOutput: z.boolean(),
          limits: jobLimits,
          contents: z.enum(['always', 'on-mains', 'off']),
          contentsOnDrives: z.boolean(),
          libraryView: z.enum(['list', 'grid', 'space']),
          listColumns: z.object({
            hidden: z.array(columnKey).max(30).readonly(),
            widths: z.record(columnKey, z.number().min(2).max(100)),
          }),
        })
        .partial(),
    )
    .output(type<Settings>()),
};
