/** The contract between the main process (or the command line) and a worker thread that runs engine operations. */
import { type } from '@orpc/contract';
import type {
  ConversionPlan,
  ConversionRequest,
  ConversionResult,
  ExtractionPlan,
  ExtractionRequest,
  ExtractionResult,
  SourceReference,
} from '../domain/conversion.ts';
import type { FormatDescription } from '../domain/format.ts';
import type { Comparison, ImageHash, ImageInfo, ImageMap } from '../domain/image.ts';
import type { ManifestResult, PackageInfo } from '../domain/package.ts';
import { call } from './base.ts';

/** Inputs come from the main process, which has validated them: they are typed, not parsed again. */
export const workerContract = {
  formats: call.output(type<readonly FormatDescription[]>()),
  /** `verify`: check the manifest of a package too, which reads all of it. */
  inspect: call.input(type<{ source: SourceReference; verify?: boolean }>()).output(type<ImageInfo>()),
  inspectPackage: call.input(type<{ path: string }>()).output(type<PackageInfo>()),
  map: call.input(type<{ source: SourceReference }>()).output(type<ImageMap>()),
  hash: call.input(type<{ source: SourceReference; workers?: number }>()).output(type<ImageHash>()),
  compare: call
    .input(type<{ first: SourceReference; second: SourceReference; workers?: number }>())
    .output(type<Comparison>()),
  verifyPackage: call.input(type<{ path: string }>()).output(type<ManifestResult>()),
  planConversion: call.input(type<ConversionRequest>()).output(type<ConversionPlan>()),
  convert: call.input(type<ConversionRequest>()).output(type<ConversionResult>()),
  planExtraction: call.input(type<ExtractionRequest>()).output(type<ExtractionPlan>()),
  extract: call.input(type<ExtractionRequest>()).output(type<ExtractionResult>()),
};
export type WorkerContract = typeof workerContract;
