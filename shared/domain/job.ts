/** A piece of long work that outlives a window. */
import type { FailureData } from '../failure.ts';
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
import type { RepairRequest, RepairResult, StructureReport } from './structure.ts';

/** What each kind of job is asked and what it answers. */
export interface JobKinds {
  extract: { request: ExtractionRequest; result: ExtractionResult };
  convert: { request: ConversionRequest; result: ConversionResult };
  'verify-package': { request: { readonly packagePath: string }; result: ManifestResult };
  hash: { request: { readonly path: string }; result: ImageHash };
  create: { request: CreationRequest; result: ConversionResult };
  resize: { request: ResizeRequest; result: ResizeResult };
  check: { request: { readonly path: string }; result: StructureReport };
  repair: { request: RepairRequest; result: RepairResult };
  compare: { request: { readonly first: string; readonly second: string }; result: Comparison };
  'extract-files': { request: FileExtractionRequest; result: FileExtractionResult };
  build: { request: BuildRequest; result: BuildResult };
}
export type JobKind = keyof JobKinds;
export type JobRequest = {
  [K in JobKind]: { readonly kind: K; readonly request: JobKinds[K]['request'] };
}[JobKind];
export type JobOutcome = {
  [K in JobKind]: { readonly kind: K; readonly result: JobKinds[K]['result'] };
}[JobKind];

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';

/** What the work is at. Each phase counts its own bytes. */
export type JobPhase =
  'preparing' | 'checking' | 'building' | 'converting' | 'copying' | 'verifying' | 'hashing' | 'finishing';

export interface JobProgress {
  readonly phase: JobPhase;
  /** The file or disk being worked on, e.g. "disk1.vmdk". */
  readonly item: string | null;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Smoothed; null until it is known. */
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

export interface Job {
  readonly id: number;
  readonly title: string;
  readonly state: JobState;
  readonly work: JobRequest;
  readonly outcome: JobOutcome | null;
  readonly failure: FailureData | null;
  /** Null unless running. */
  readonly progress: JobProgress | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export type JobEvent =
  | { readonly kind: 'changed'; readonly job: Job }
  | { readonly kind: 'progressed'; readonly id: number; readonly progress: JobProgress }
  | { readonly kind: 'forgotten'; readonly id: number };
