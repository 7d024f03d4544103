/** What windows send to have an image prepared. The work itself is planned in main: it says which files are written. */
import * as z from 'zod';
import { fileName, path } from './base.ts';
import { optionValues, sourceReference } from './images.ts';

const identifierText = z.string().min(1).max(64);
/** OpenStack's own limit on a property's name and value, among the largest. */
export const metadata = z.record(z.string().min(1).max(255), z.string().max(65_535));

export const preparationRequest = z.object({
  source: sourceReference,
  cloud: identifierText,
  fixes: z.array(z.string().min(1).max(128)).max(256).optional(),
  target: identifierText.optional(),
  options: optionValues.optional(),
  disks: z.array(z.string().min(1).max(1024)).max(64).optional(),
  metadata: metadata.optional(),
  outputFolder: path,
  name: fileName.optional(),
  force: z.boolean().optional(),
  verify: z.boolean().optional(),
});
