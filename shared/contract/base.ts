/** What all parts of the contract share: the one error, and the shapes of paths and identifiers. */
import { oc, type } from '@orpc/contract';
import * as z from 'zod';
import type { FailureData } from '../failure.ts';

/** Every call may end in a Failure, carried as plain data. */
export const call = oc.errors({ FAILURE: { data: type<FailureData>() } });

/** An absolute path on the machine that runs Platter. */
export const path = z
  .string()
  .min(1)
  .max(32_768)
  .refine((value) => !value.includes('\0'), 'a path has no NUL');

export const identifier = z.number().int().positive();

/** One name inside a folder: no separators, not . or .. */
export const fileName = z
  .string()
  .min(1)
  .max(255)
  .refine(
    (value) => !/[/\\\0]/.test(value) && value !== '.' && value !== '..',
    'a file name has no separators',
  );

/** A message of few values, to be kept and said in whatever language is in force then. */
export const phrase = z.object({
  english: z.string().min(1).max(200),
  values: z.record(z.string().max(50), z.union([z.string().max(200), z.number()])),
});
