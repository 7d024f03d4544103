/** Long work: started, watched, cancelled, tried again. */
import { eventIterator, type } from '@orpc/contract';
import * as z from 'zod';
import type { Job, JobEvent } from '../domain/job.ts';
import { call, identifier, path } from './base.ts';
import {
  buildRequest,
  conversionRequest,
  creationRequest,
  extractionRequest,
  fileExtractionRequest,
  repairRequest,
  resizeRequest,
} from './images.ts';

export const jobRequest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('extract'), request: extractionRequest }),
  z.object({ kind: z.literal('convert'), request: conversionRequest }),
  z.object({ kind: z.literal('verify-package'), request: z.object({ packagePath: path }) }),
  z.object({ kind: z.literal('hash'), request: z.object({ path }) }),
  z.object({ kind: z.literal('create'), request: creationRequest }),
  z.object({ kind: z.literal('resize'), request: resizeRequest }),
  z.object({ kind: z.literal('check'), request: z.object({ path }) }),
  z.object({ kind: z.literal('repair'), request: repairRequest }),
  z.object({ kind: z.literal('compare'), request: z.object({ first: path, second: path }) }),
  z.object({ kind: z.literal('extract-files'), request: fileExtractionRequest }),
  z.object({ kind: z.literal('build'), request: buildRequest }),
]);

export const jobs = {
  /** Queues a job. */
  start: call.input(jobRequest).output(type<Job>()),
  /** All jobs, the newest first. */
  list: call.output(type<readonly Job[]>()),
  /** Every change from now on. */
  watch: call.output(eventIterator(type<JobEvent>())),
  /** Stops a queued or running job; what it wrote is removed. */
  cancel: call.input(z.object({ id: identifier })).output(type<void>()),
  /** Queues the same work again, as a new job. */
  retry: call.input(z.object({ id: identifier })).output(type<Job>()),
  /** Removes an ended job from the history. */
  forget: call.input(z.object({ id: identifier })).output(type<void>()),
};
