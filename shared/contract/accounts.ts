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
const word = z.string().min(1).max(1024).nullable();
const secret = z.string().max(4096);

export const openStackSettings = z.object({
  authUrl: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^\s/]+/i, 'the address begins with http:// or https://'),
  authentication: z.enum(['password', 'application-credential']),
  username: word,
  userId: word,
  userDomain: word,
  projectName: word,
  projectId: word,
  projectDomain: word,
  applicationCredentialId: word,
  applicationCredentialName: word,
  region: word,
  interface: z.enum(['public', 'internal', 'admin']),
  imageEndpoint: word,
  caFile: path.nullable(),
  insecure: z.boolean(),
});

export const accounts = {
  list: call.output(type<CloudAccounts>()),
  /** Keeps one that was typed in, in place of one of that name. An empty secret leaves the one that is kept. */
  add: call
    .input(z.object({ name: accountName, settings: openStackSettings, secret }))
    .output(type<CloudAccounts>()),
  /** Keeps where accounts are written: a clouds.yaml or an RC file, which is never run. */
  addFile: call
    .input(z.object({ path }))
    .output(type<{ readonly names: readonly string[]; readonly all: CloudAccounts }>()),
  setSecret: call.input(z.object({ name: accountName, secret })).output(type<CloudAccounts>()),
  /** Forgets an account and its secret. A file that it is written in stays as it is. */
  remove: call.input(z.object({ name: accountName })).output(type<CloudAccounts>()),
  /** Logs in and asks what the cloud offers. */
  check: call.input(z.object({ name: accountName })).output(type<AccountCheck>()),
};
