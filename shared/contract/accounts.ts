/** Accounts at clouds. A secret goes in and never comes out. */
import { type } from '@orpc/contract';
import * as z from 'zod';
import type { AccountCheck, CloudAccounts } from '../domain/cloud-account.ts';
import { call, path } from './base.ts';

export const accountName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}/\\:]+$/u, 'a name has no slashes, colons or control characters');
const secret = z.string().max(8192);
/** By the names that the cloud declares, which holds them against its declaration. */
const settings = z.record(
  z.string().min(1).max(64),
  z.union([z.string().max(4096), z.number(), z.boolean(), z.null()]),
);

export const accounts = {
  list: call.output(type<CloudAccounts>()),
  /** Keeps one that was typed in, in place of one of that name. An empty secret leaves the one that is kept. */
  add: call
    .input(z.object({ name: accountName, cloud: z.string().max(64), settings, secret }))
    .output(type<CloudAccounts>()),
  /** Keeps where accounts are written: a clouds.yaml, an RC file, which is never run, or what other clouds have of that kind. */
  addFile: call
    .input(z.object({ path }))
    .output(type<{ readonly names: readonly string[]; readonly all: CloudAccounts }>()),
  setSecret: call.input(z.object({ name: accountName, secret })).output(type<CloudAccounts>()),
  /** Forgets an account and its secret. A file that it is written in stays as it is. */
  remove: call.input(z.object({ name: accountName })).output(type<CloudAccounts>()),
  /** Logs in and asks what the cloud offers. */
  check: call.input(z.object({ name: accountName })).output(type<AccountCheck>()),
};
