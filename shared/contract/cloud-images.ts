/** Images that are in a cloud, and the record of what Platter made there. */
import { type } from '@orpc/contract';
import * as z from 'zod';
import type { CleanUp, CloudImage, RecordedCloudObject } from '../domain/cloud-image.ts';
import { accountName } from './accounts.ts';
import { call, path } from './base.ts';
import { sourceReference } from './images.ts';

/** Goes into addresses: nothing that could lead elsewhere. */
const imageId = z.string().regex(/^[0-9a-zA-Z-]{1,64}$/, 'an image’s id has letters, digits and dashes');
const visibility = z.enum(['private', 'shared', 'community', 'public']);
const property = z.string().min(1).max(255);
const value = z.string().max(65_535);
const label = z.string().min(1).max(255);

export const uploadWork = z.object({
  account: accountName,
  method: z.enum(['upload', 'glance-direct', 'web-download']),
  parts: z
    .array(
      z.object({
        role: z.enum(['kernel', 'ramdisk', 'image']),
        name: label,
        source: z.discriminatedUnion('kind', [
          z.object({ kind: z.enum(['file', 'raw']), reference: sourceReference }),
          z.object({ kind: z.literal('address'), address: z.url({ protocol: /^https?$/ }).max(4096) }),
        ]),
        diskFormat: z.string().regex(/^[a-z0-9_-]{1,32}$/),
        containerFormat: z.string().regex(/^[a-z0-9_-]{1,32}$/),
        properties: z.record(property, value),
      }),
    )
    .min(1)
    .max(8),
  visibility,
  isProtected: z.boolean().optional(),
  tags: z.array(label).max(128).optional(),
  minDiskGigabytes: z
    .number()
    .int()
    .min(0)
    .max(1 << 30)
    .optional(),
  minMemoryMegabytes: z
    .number()
    .int()
    .min(0)
    .max(1 << 30)
    .optional(),
  stores: z.array(label).max(64).optional(),
  wait: z.boolean().optional(),
});

export const downloadWork = z.object({
  account: accountName,
  image: z.object({ id: imageId, name: z.string().max(255).nullable() }),
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
          visibility: visibility.optional(),
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
