/** The catalogue as a JSON file that people, scripts and other libraries can read: its shape, checked when it is read. */
import { isAbsolute } from 'node:path';
import * as z from 'zod';

/** Raised when an earlier Platter would read the file wrongly. */
export const exchangeVersion = 1;

const longestText = 1_000_000;
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const moment = z.iso.datetime({ offset: true });
const word = z.string().min(1).max(1000);
const path = z
  .string()
  .min(1)
  .max(32_768)
  .refine((value) => !value.includes('\0') && isAbsolute(value), 'a path is absolute');
const digest = z.string().regex(/^[0-9a-f]{64}$/);

const origin = z.object({
  kind: z.enum(['extracted', 'converted', 'built', 'prepared']),
  sourcePath: path,
  disk: word.nullable(),
  format: word,
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

export const exchangedImage = z.object({
  path,
  kind: z.enum(['disk', 'optical', 'package', 'machine', 'kernel', 'ramdisk', 'unknown']),
  format: word,
  variant: word.nullable(),
  virtualSizeBytes: count.nullable(),
  fileSizeBytes: count,
  allocatedBytes: count,
  modifiedMilliseconds: z.number().nullable(),
  sha256: digest.nullable(),
  origin: origin.nullable(),
  addedAt: moment,
  missing: z.boolean(),
  rating: z.number().int().min(1).max(5).nullable(),
  note: z.string().min(1).max(longestText).nullable(),
  guest: z.string().max(longestText).nullable(),
  tags: z.array(word).max(1000),
});
export type ExchangedImage = z.infer<typeof exchangedImage>;

export const exchangeFile = z.object({
  platter: z.literal('catalogue'),
  version: z.literal(exchangeVersion),
  exportedAt: moment,
  settings: z.record(z.string(), z.unknown()),
  folders: z.array(z.object({ path, addedAt: moment })),
  tags: z.array(z.object({ name: word, color: word })),
  searches: z.array(z.object({ name: word, query: z.string().max(longestText) })),
  /** Metadata for clouds that was given a name. */
  presets: z
    .array(z.object({ cloud: word, name: word, values: z.record(z.string(), z.string()) }))
    .max(10_000),
  images: z.array(exchangedImage),
});
export type ExchangeFile = z.infer<typeof exchangeFile>;
