/** Images that are in a cloud, and the record of what Platter made there. */
import { type } from '@orpc/contract';
import * as z from 'zod';
import type { CleanUp, CloudImage, RecordedCloudObject } from '../domain/cloud-image.ts';
import { accountName } from './accounts.ts';
import { call, path } from './base.ts';
import { optionValues, sourceReference, targetRequest } from './images.ts';

/** What ids look like is each cloud's matter. */
const imageId = z
  .string()
  .min(1)
  .max(2048)
  .regex(/^\P{Cc}+$/u, 'an id has no control characters');
const property = z.string().min(1).max(255);
const value = z.string().max(65_535);
/** Names of objects are longer than those of images: S3's have 1024 bytes, Azure's as many letters. */
const label = z.string().min(1).max(1024);

export const uploadWork = z.object({
  account: accountName,
  options: optionValues,
  parts: z
    .array(
      z.object({
        role: z.enum(['kernel', 'ramdisk', 'image']),
        name: label,
        source: z.discriminatedUnion('kind', [
          z.object({ kind: z.enum(['file', 'raw']), reference: sourceReference }),
          z.object({ kind: z.literal('converted'), reference: sourceReference, target: targetRequest }),
          z.object({ kind: z.literal('address'), address: z.url({ protocol: /^https?$/ }).max(4096) }),
        ]),
        properties: z.record(property, value),
      }),
    )
    .min(1)
    .max(8),
  wait: z.boolean().optional(),
});

export const downloadWork = z.object({
  account: accountName,
  image: z.object({ id: imageId, name: z.string().max(1024).nullable() }),
  outputPath: path,
  force: z.boolean().optional(),
});

export const cloudImages = {
  list: call.input(z.object({ account: accountName })).output(type<readonly CloudImage[]>()),
  change: call
    .input(
      z.object({
        account: accountName,
        id: imageId,
        change: z.object({
          name: label.optional(),
          isProtected: z.boolean().optional(),
          properties: z.record(property, value.nullable()).optional(),
        }),
      }),
    )
    .output(type<CloudImage>()),
  delete: call.input(z.object({ account: accountName, id: imageId })).output(type<void>()),
  /** Everything on record that Platter made in clouds, the newest first. */
  records: call.output(type<readonly RecordedCloudObject[]>()),
  /** Deletes what work that was cut off has left half-made. */
  cleanUp: call.input(z.object({ account: accountName.optional() })).output(type<CleanUp>()),
};
