/** Making images ready for a cloud. The work itself is planned in main: a window does not say which files are written. */
import { type } from '@orpc/contract';
import * as z from 'zod';
import type { Job } from '../domain/job.ts';
import {
  checksumAlgorithms,
  leastPartBytes,
  type MetadataDescription,
  type MetadataPreset,
  type PlannedPreparation,
} from '../domain/preparation.ts';
import { accountName } from './accounts.ts';
import { call, fileName, path } from './base.ts';
import { optionValues, sourceReference } from './images.ts';

const identifierText = z.string().min(1).max(64);
/** OpenStack's own limit on a property's name and value, among the largest. */
const metadata = z.record(z.string().min(1).max(255), z.string().max(65_535));

const preparationRequest = z.object({
  source: sourceReference,
  cloud: identifierText,
  fixes: z.array(z.string().min(1).max(128)).max(256).optional(),
  target: identifierText.optional(),
  options: optionValues.optional(),
  disks: z.array(z.string().min(1).max(1024)).max(64).optional(),
  metadata: metadata.optional(),
  account: accountName.optional(),
  outputFolder: path,
  name: fileName.optional(),
  force: z.boolean().optional(),
  verify: z.boolean().optional(),
  checksums: z.array(z.enum(checksumAlgorithms)).max(checksumAlgorithms.length).optional(),
  splitBytes: z.number().int().min(leastPartBytes).optional(),
});

const presetName = z.string().trim().min(1).max(100);

export const preparation = {
  /** What preparing would do, and what it takes. Looks at a few pieces of the file. */
  plan: call.input(preparationRequest).output(type<PlannedPreparation>()),
  /** Plans once more, and queues the job. */
  start: call.input(preparationRequest).output(type<Job>()),
  /** What a form for metadata shows, and what comes of what it says; without anything that is prepared. */
  metadata: call
    .input(
      z.object({
        cloud: identifierText,
        source: sourceReference.optional(),
        account: accountName.optional(),
        metadata,
      }),
    )
    .output(type<MetadataDescription>()),
  /** Metadata that was saved for a cloud. */
  presets: call.input(z.object({ cloud: identifierText })).output(type<readonly MetadataPreset[]>()),
  savePreset: call
    .input(z.object({ cloud: identifierText, name: presetName, values: metadata }))
    .output(type<void>()),
  removePreset: call.input(z.object({ cloud: identifierText, name: presetName })).output(type<void>()),
};
