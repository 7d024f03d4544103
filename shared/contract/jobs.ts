/** Long work: started, watched, paused, resumed, limited, cancelled, tried again. */
import { eventIterator, type } from '@orpc/contract';
import * as z from 'zod';
import type { Job, JobEvent } from '../domain/job.ts';
import { call, identifier, path, phrase } from './base.ts';
import { downloadWork, uploadWork } from './cloud-images.ts';
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
  z.object({
    kind: z.literal('check-sums'),
    request: z.object({
      path,
      sums: z
        .array(
          z.object({
            algorithm: z.string().regex(/^[a-z0-9-]{1,20}$/),
            expected: z.string().regex(/^[0-9a-f]{32,128}$/),
          }),
        )
        .min(1)
        .max(20),
    }),
  }),
  z.object({ kind: z.literal('create'), request: creationRequest }),
  z.object({ kind: z.literal('resize'), request: resizeRequest }),
  z.object({ kind: z.literal('check'), request: z.object({ path }) }),
  z.object({ kind: z.literal('repair'), request: repairRequest }),
  z.object({
    kind: z.literal('compare'),
    request: z.object({ first: path, second: path, everywhere: z.boolean().optional() }),
  }),
  z.object({ kind: z.literal('extract-files'), request: fileExtractionRequest }),
  z.object({ kind: z.literal('build'), request: buildRequest }),
  z.object({ kind: z.literal('upload'), request: uploadWork }),
  z.object({ kind: z.literal('download'), request: downloadWork }),
]);

export const jobLimits = z.object({
  bytesPerSecond: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).nullable(),
  workers: z.number().int().min(0).max(256).nullable(),
  lowPriority: z.boolean(),
});

export const jobs = {
  /** Queues a job. */
  start: call.input(jobRequest).output(type<Job>()),
  /** Queues jobs that belong together: all of them, or none. */
  startGroup: call
    .input(z.object({ title: phrase, works: z.array(jobRequest).min(1).max(1000) }))
    .output(type<readonly Job[]>()),
  /** Pauses, resumes or cancels all jobs of a group with which that can be done. */
  askGroup: call
    .input(z.object({ id: identifier, what: z.enum(['pause', 'resume', 'cancel']) }))
    .output(type<void>()),
  /** Moves a job that waits in front of another one that waits; null: to the end. */
  move: call.input(z.object({ id: identifier, before: identifier.nullable() })).output(type<void>()),
  /** All jobs, the newest first. */
  list: call.output(type<readonly Job[]>()),
  /** Every change from now on. */
  watch: call.output(eventIterator(type<JobEvent>())),
  /** Lets a job rest that runs or waits; its place goes to the next one. */
  pause: call.input(z.object({ id: identifier })).output(type<void>()),
  /** Queues a job that rests, or that has ended but can go on. */
  resume: call.input(z.object({ id: identifier })).output(type<void>()),
  /**
   * Changes what a job may take that has not ended. The speed changes at once; for the rest a running job is paused and
   * resumed, where its work can go on.
   */
  limit: call.input(z.object({ id: identifier, limits: jobLimits })).output(type<void>()),
  /** Whether somebody is to be told when a job ends that has not ended yet. */
  notify: call.input(z.object({ id: identifier, notify: z.boolean() })).output(type<void>()),
  /** Stops a job that has not ended, or gives up one that could go on; what it wrote is removed. */
  cancel: call.input(z.object({ id: identifier })).output(type<void>()),
  /** Queues the same work again, as a new job. */
  retry: call.input(z.object({ id: identifier })).output(type<Job>()),
  /** Removes an ended job from the history, with all that it wrote before it was done. */
  forget: call.input(z.object({ id: identifier })).output(type<void>()),
};
