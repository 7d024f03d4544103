/** The contract between the main process (or the command line) and a worker thread that runs engine operations. */
import { type } from '@orpc/contract';
import type { BuilderDescription, BuildPlan, BuildRequest, BuildResult } from '../domain/build.ts';
import type {
  ConversionPlan,
  ConversionRequest,
  ConversionResult,
  CreationRequest,
  ExtractionPlan,
  ExtractionRequest,
  ExtractionResult,
  ResizeRequest,
  ResizeResult,
  SourceReference,
} from '../domain/conversion.ts';
import type { FormatDescription, WrapperDescription } from '../domain/format.ts';
import type { Comparison, ImageHash, ImageInfo, MapOverview, MapRequest } from '../domain/image.ts';
import type {
  FileExtractionRequest,
  FileExtractionResult,
  FileListing,
  ListingRequest,
} from '../domain/guest.ts';
import type { FileLook, FileStamp, FolderContent, FolderRequest } from '../domain/scan.ts';
import type { ManifestResult, PackageInfo } from '../domain/package.ts';
import type { PreparationForecast, PreparationResult, PreparationWork } from '../domain/preparation.ts';
import type { PreflightFacts } from '../domain/preflight.ts';
import type { RepairRequest, RepairResult, StructureReport } from '../domain/structure.ts';
import { call } from './base.ts';

/** Inputs come from the main process, which has validated them: they are typed, not parsed again. */
export const workerContract = {
  formats: call.output(type<readonly FormatDescription[]>()),
  wrappers: call.output(type<readonly WrapperDescription[]>()),
  /** `verify`: check the manifest of a package too, which reads all of it. */
  inspect: call.input(type<{ source: SourceReference; verify?: boolean }>()).output(type<ImageInfo>()),
  inspectPackage: call.input(type<{ path: string }>()).output(type<PackageInfo>()),
  overviewOfMap: call.input(type<MapRequest>()).output(type<MapOverview>()),
  preflightFacts: call.input(type<{ source: SourceReference }>()).output(type<PreflightFacts>()),
  hash: call.input(type<{ source: SourceReference }>()).output(type<ImageHash>()),
  compare: call.input(type<{ first: SourceReference; second: SourceReference }>()).output(type<Comparison>()),
  verifyPackage: call.input(type<{ path: string }>()).output(type<ManifestResult>()),
  planConversion: call.input(type<ConversionRequest>()).output(type<ConversionPlan>()),
  convert: call.input(type<ConversionRequest>()).output(type<ConversionResult>()),
  planExtraction: call.input(type<ExtractionRequest>()).output(type<ExtractionPlan>()),
  extract: call.input(type<ExtractionRequest>()).output(type<ExtractionResult>()),
  create: call.input(type<CreationRequest>()).output(type<ConversionResult>()),
  resize: call.input(type<ResizeRequest>()).output(type<ResizeResult>()),
  check: call.input(type<{ source: SourceReference }>()).output(type<StructureReport>()),
  repair: call.input(type<RepairRequest>()).output(type<RepairResult>()),
  undoRepair: call.input(type<{ path: string; backupPath: string }>()).output(type<void>()),
  planPreparation: call.input(type<PreparationWork>()).output(type<PreparationForecast>()),
  prepare: call.input(type<PreparationWork>()).output(type<PreparationResult>()),
  listFiles: call.input(type<ListingRequest>()).output(type<FileListing>()),
  extractFiles: call.input(type<FileExtractionRequest>()).output(type<FileExtractionResult>()),
  builders: call.output(type<readonly BuilderDescription[]>()),
  planBuild: call.input(type<BuildRequest>()).output(type<BuildPlan>()),
  build: call.input(type<BuildRequest>()).output(type<BuildResult>()),
  /** What is in the folders, as far as one answer goes. */
  listFolders: call
    .input(type<{ folders: readonly FolderRequest[] }>())
    .output(type<readonly FolderContent[]>()),
  /** Null for what is not there. */
  stampFiles: call.input(type<{ paths: readonly string[] }>()).output(type<readonly (FileStamp | null)[]>()),
  recogniseFiles: call.input(type<{ paths: readonly string[] }>()).output(type<readonly FileLook[]>()),
};
export type WorkerContract = typeof workerContract;
