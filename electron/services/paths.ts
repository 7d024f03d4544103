/** Paths that come from a window: absolute, and spelled in one way. */
import { isAbsolute, resolve } from 'node:path';
import type { conversionRequest, extractionRequest } from '#shared/contract/images.ts';
import type { jobRequest } from '#shared/contract/jobs.ts';
import type { ConversionRequest, ExtractionRequest } from '#shared/domain/conversion.ts';
import type { JobRequest } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type * as z from 'zod';

/**
 * The path without `.`, `..`, and separators that are doubled or at its end.
 * @throws Failure `input.invalid` when it is not absolute.
 */
export function absolutePath(path: string): string {
  if (!isAbsolute(path))
    throw new Failure('input.invalid', { problem: inEnglish('the path is not absolute: {path}', { path }) });
  return resolve(path);
}

/** The request with its paths checked. @throws Failure `input.invalid` */
export function absoluteExtraction(request: z.infer<typeof extractionRequest>): ExtractionRequest {
  return withAbsolutePaths(request);
}

/** The request with its paths checked. @throws Failure `input.invalid` */
export function absoluteConversion(request: z.infer<typeof conversionRequest>): ConversionRequest {
  return withAbsolutePaths(request);
}

/** The job with its paths checked. @throws Failure `input.invalid` */
export function absoluteJob(work: z.infer<typeof jobRequest>): JobRequest {
  return withAbsolutePaths(work);
}

type WithoutUndefined<T> = T extends object
  ? { [K in keyof T]: WithoutUndefined<Exclude<T[K], undefined>> }
  : T;

/** What members of requests that name files are called. */
const pathMembers: ReadonlySet<string> = new Set([
  'path',
  'packagePath',
  'outputPath',
  'outputFolder',
  'first',
  'second',
]);
/** Values that a driver or a builder declares: what is called "path" there is its own affair. */
const opaqueMembers: ReadonlySet<string> = new Set(['options', 'fields', 'metadata', 'properties']);

/**
 * The request with every path in it checked, and without the members that are present but undefined, which the domain's
 * types do not know. @throws Failure `input.invalid`.
 */
export function withAbsolutePaths<T extends object>(request: T): WithoutUndefined<T> {
  return checked(JSON.parse(JSON.stringify(request)), '') as WithoutUndefined<T>;
}

function checked(value: unknown, name: string): unknown {
  if (typeof value === 'string') return pathMembers.has(name) ? absolutePath(value) : value;
  if (Array.isArray(value)) return value.map((item) => checked(item, name === 'allowed' ? 'path' : ''));
  if (value === null || typeof value !== 'object' || opaqueMembers.has(name)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, checked(member, key)]));
}
