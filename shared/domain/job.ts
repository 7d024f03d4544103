/** A piece of long work that outlives a window. */
import type { FailureData } from '../failure.ts';
import type { Message } from '../in-english.ts';
import type { BuildRequest, BuildResult } from './build.ts';
import type {
  ConversionRequest,
  ConversionResult,
  CreationRequest,
  ExtractionRequest,
  ExtractionResult,
  ResizeRequest,
  ResizeResult,
} from './conversion.ts';
import type { FileExtractionRequest, FileExtractionResult } from './guest.ts';
import type { Comparison, ImageHash } from './image.ts';
import type { ManifestResult } from './package.ts';
import type { SumCheck } from './parts.ts';
import type { PreparationResult, PreparationWork } from './preparation.ts';
import type { DownloadResult, DownloadWork, UploadResult, UploadWork } from './upload.ts';
import type { RepairRequest, RepairResult, StructureReport } from './structure.ts';

/** What each kind of job is asked and what it answers. */
export interface JobKinds {
  extract: { request: ExtractionRequest; result: ExtractionResult };
  convert: { request: ConversionRequest; result: ConversionResult };
  'verify-package': { request: { readonly packagePath: string }; result: ManifestResult };
  hash: { request: { readonly path: string }; result: ImageHash };
  'check-sums': {
    request: {
      readonly path: string;
      readonly sums: readonly { readonly algorithm: string; readonly expected: string }[];
    };
    result: SumCheck;
  };
  create: { request: CreationRequest; result: ConversionResult };
  resize: { request: ResizeRequest; result: ResizeResult };
  check: { request: { readonly path: string }; result: StructureReport };
  repair: { request: RepairRequest; result: RepairResult };
  compare: {
    request: {
      readonly first: string;
      readonly second: string;
      /** All over the disk, and not only to the first difference. */
      readonly everywhere?: boolean | undefined;
    };
    result: Comparison;
  };
  'extract-files': { request: FileExtractionRequest; result: FileExtractionResult };
  build: { request: BuildRequest; result: BuildResult };
  prepare: { request: PreparationWork; result: PreparationResult };
  upload: { request: UploadWork; result: UploadResult };
  download: { request: DownloadWork; result: DownloadResult };
}
export type JobKind = keyof JobKinds;
export type JobRequest = {
  [K in JobKind]: { readonly kind: K; readonly request: JobKinds[K]['request'] };
}[JobKind];
export type JobOutcome = {
  [K in JobKind]: { readonly kind: K; readonly result: JobKinds[K]['result'] };
}[JobKind];

/**
 * A paused job keeps what it did and takes no place in the queue. It goes on where it is (`convert`, `extract`, `prepare`), or, after a
 * restart of Platter, begins again (the others).
 */
export type JobState = 'queued' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled' | 'interrupted';

/** What a job may take of the machine. */
export interface JobLimits {
  /** Of real work; null: as fast as it goes. */
  readonly bytesPerSecond: number | null;
  /** Compute threads; null: one per core. 0: all in the thread that runs the operation. */
  readonly workers: number | null;
  /** Yields to everything else on the machine. */
  readonly lowPriority: boolean;
}

export const unlimited: JobLimits = { bytesPerSecond: null, workers: null, lowPriority: false };

/** Why a job that was to go on began again. */
export type AfreshReason =
  | 'source-changed'
  | 'output-changed'
  | 'other-codec'
  | 'one-pass'
  | 'journal-unreadable'
  | 'permission-gone'
  | 'gone-in-cloud';

/** What a person may want to know of how a job ran. */
export type JobNote =
  /** What compressed and decompressed DEFLATE. */
  | { readonly kind: 'deflate'; readonly codec: 'libdeflate' | 'zlib' }
  /** It went on after that much of the disk had been written already. */
  | { readonly kind: 'resumed'; readonly item: string; readonly doneBytes: number }
  | { readonly kind: 'afresh'; readonly item: string; readonly reason: AfreshReason };

/** What the work is at. Each phase counts its own bytes. */
export type JobPhase =
  | 'preparing'
  | 'checking'
  | 'building'
  | 'converting'
  | 'copying'
  | 'uploading'
  | 'downloading'
  | 'verifying'
  | 'hashing'
  | 'finishing';

export interface JobProgress {
  readonly phase: JobPhase;
  /** The file or disk being worked on, e.g. "disk1.vmdk". */
  readonly item: string | null;
  /** Of this phase, as all that follows is real work: bytes read, compared, written. */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Of the phases before this one. */
  readonly earlierBytes: number;
  /** Of the phases that will follow, as far as it is known. */
  readonly laterBytes: number;
  /** Smoothed; null until it is known. */
  readonly bytesPerSecond: number | null;
  /** Until the end of the job. */
  readonly secondsLeft: number | null;
}

/** Jobs that were started together: they have one bar, and are paused and cancelled together. */
export interface JobGroup {
  readonly id: number;
  readonly title: Message;
}

export interface Job {
  readonly id: number;
  readonly title: Message;
  readonly group: JobGroup | null;
  /** Of those that wait, the one with the lowest place is next. */
  readonly place: number;
  readonly state: JobState;
  readonly work: JobRequest;
  readonly outcome: JobOutcome | null;
  readonly failure: FailureData | null;
  /** Of a running job; of one that can go on, how far it is. */
  readonly progress: JobProgress | null;
  readonly limits: JobLimits;
  readonly notes: readonly JobNote[];
  /** It has ended before it was done, but what it wrote is kept, and it can go on. */
  readonly resumable: boolean;
  /** Somebody wants to be told when it has ended, wherever they are then. */
  readonly notify: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export type JobEvent =
  | { readonly kind: 'changed'; readonly job: Job }
  | { readonly kind: 'progressed'; readonly id: number; readonly progress: JobProgress }
  | { readonly kind: 'forgotten'; readonly id: number };

/** All of a job's work, and how much of it is done, in bytes. */
export function wholeOf(progress: JobProgress): { readonly doneBytes: number; readonly totalBytes: number } {
  const { earlierBytes, doneBytes, totalBytes, laterBytes } = progress;
  return {
    doneBytes: earlierBytes + Math.min(doneBytes, totalBytes),
    totalBytes: earlierBytes + totalBytes + laterBytes,
  };
}

/** Whether such work can go on after its thread has ended, rather than begin again. */
export function goesOn(work: JobRequest): boolean {
  if (work.kind === 'extract') return true;
  if (work.kind === 'prepare')
    return work.request.outputs.every(({ target }) => target.wrapper === undefined);
  return work.kind === 'convert' && work.request.target.wrapper === undefined;
}

/** Whether such work puts on record what is done: uploads, too, though some of them find out by themselves. */
export function keepsJournal(work: JobRequest): boolean {
  return goesOn(work) || work.kind === 'upload';
}
