/** Paths that come from a window: absolute, and spelled in one way. */
import { isAbsolute, resolve } from 'node:path';
import type { conversionRequest, extractionRequest } from '#shared/contract/images.ts';
import type { jobRequest } from '#shared/contract/jobs.ts';
import type { ConversionRequest, ExtractionRequest } from '#shared/domain/conversion.ts';
import type { JobRequest } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import type * as z from 'zod';

/**
 * The path without `.`, `..`, and separators that are doubled or at its end.
 * @throws Failure `input.invalid` when it is not absolute.
 */
export function absolutePath(path: string): string {
  if (!isAbsolute(path)) throw new Failure('input.invalid', { problem: `the path is not absolute: ${path}` });
  return resolve(path);
}

/** The request with its paths checked. @throws Failure `input.invalid` */
export function absoluteExtraction(request: z.infer<typeof extractionRequest>): ExtractionRequest {
  return {
    ...withoutUndefined(request),
    packagePath: absolutePath(request.packagePath),
    outputFolder: absolutePath(request.outputFolder),
  };
}

/** The request with its paths checked. @throws Failure `input.invalid` */
export function absoluteConversion(request: z.infer<typeof conversionRequest>): ConversionRequest {
  const defined = withoutUndefined(request);
  return {
    ...defined,
    source: { ...defined.source, path: absolutePath(request.source.path) },
    outputPath: absolutePath(request.outputPath),
  };
}

/** The job with its paths checked. @throws Failure `input.invalid` */
export function absoluteJob(work: z.infer<typeof jobRequest>): JobRequest {
  switch (work.kind) {
    case 'extract':
      return { kind: 'extract', request: absoluteExtraction(work.request) };
    case 'convert':
      return { kind: 'convert', request: absoluteConversion(work.request) };
    case 'verify-package':
      return { kind: 'verify-package', request: { packagePath: absolutePath(work.request.packagePath) } };
    case 'hash':
      return { kind: 'hash', request: { path: absolutePath(work.request.path) } };
  }
}

type WithoutUndefined<T> = T extends object
  ? { [K in keyof T]: WithoutUndefined<Exclude<T[K], undefined>> }
  : T;

/** Plain data without the members that are present but undefined, which the domain's types do not know. */
function withoutUndefined<T extends object>(value: T): WithoutUndefined<T> {
  return JSON.parse(JSON.stringify(value)) as WithoutUndefined<T>;
}
