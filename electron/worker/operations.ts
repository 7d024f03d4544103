/** The engine's operations as a thread offers them. Each loads its code when it is first asked for: most threads need few. */
import type { BuildRequest } from '#shared/domain/build.ts';
import type {
  ConversionRequest,
  CreationRequest,
  ExtractionRequest,
  ResizeRequest,
  SourceReference,
} from '#shared/domain/conversion.ts';
import type { JobKinds } from '#shared/domain/job.ts';
import type { MapRequest } from '#shared/domain/image.ts';
import type { FileExtractionRequest, ListingRequest } from '#shared/domain/guest.ts';
import type { FolderRequest } from '#shared/domain/scan.ts';
import type { PreparationWork } from '#shared/domain/preparation.ts';
import type { RepairRequest } from '#shared/domain/structure.ts';
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { DownloadWork, UploadWork } from '#shared/domain/upload.ts';
import type { TransferControl } from '../transfers/control.ts';

export interface Controls {
  /** For what computes with threads of its own. */
  withThreads(): TransferControl;
  inThisThread(): TransferControl;
}

/** The operations under such controls. Inputs come from the owner, which has validated them. */
export function operationsUnder({ withThreads, inThisThread }: Controls) {
  return {
    formats: async () => {
      const { describeFormats } = await import('#engine/operations/formats.ts');
      return describeFormats();
    },
    wrappers: async () => {
      const { describeWrappers } = await import('#engine/operations/formats.ts');
      return describeWrappers();
    },
    /** `verify`: check the manifest of a package too, which reads all of it. */
    inspect: async (input: { source: SourceReference; verify?: boolean }) => {
      const { inspect } = await import('#engine/operations/inspect.ts');
      return inspect(input.source, inThisThread(), input.verify ?? false);
    },
    inspectPackage: async (input: { path: string }) => {
      const { inspectPackage } = await import('#engine/operations/inspect.ts');
      return inspectPackage(input.path);
    },
    overviewOfMap: async (input: MapRequest) => {
      const { overviewOfMap } = await import('#engine/operations/map-overview.ts');
      return overviewOfMap(input, inThisThread());
    },
    preflightFacts: async (input: { source: SourceReference }) => {
      const { preflightFacts } = await import('#engine/operations/preflight-facts.ts');
      return preflightFacts(input.source, inThisThread());
    },
    /** `content`: with what its content is known by, from the same read. */
    hash: async (input: { source: SourceReference; content?: boolean }) => {
      const { hashImage, hashWithContent } = await import('#engine/operations/hash.ts');
      const hash = input.content === true ? hashWithContent : hashImage;
      return hash(input.source, withThreads());
    },
    contentTree: async (input: { source: SourceReference }) => {
      const { contentTree } = await import('#engine/operations/content-tree.ts');
      return contentTree(input.source, withThreads());
    },
    checkSums: async (input: JobKinds['check-sums']['request']) => {
      const { checkSums } = await import('#engine/operations/check-sums.ts');
      return checkSums(input, inThisThread());
    },
    /** `everywhere`: where they differ, and not only where first. */
    compare: async (input: { first: SourceReference; second: SourceReference; everywhere?: boolean }) => {
      const { compareImages } = await import('#engine/operations/compare.ts');
      return compareImages(input.first, input.second, withThreads(), input.everywhere);
    },
    verifyPackage: async (input: { path: string }) => {
      const { verifyPackage } = await import('#engine/operations/verify.ts');
      return verifyPackage(input.path, inThisThread());
    },
    planConversion: async (input: ConversionRequest) => {
      const { planConversion } = await import('#engine/operations/convert.ts');
      return planConversion(input, inThisThread());
    },
    convert: async (input: ConversionRequest) => {
      const { convert } = await import('#engine/operations/convert.ts');
      return convert(input, withThreads());
    },
    planExtraction: async (input: ExtractionRequest) => {
      const { planExtraction } = await import('#engine/operations/extract.ts');
      return planExtraction(input, inThisThread());
    },
    extract: async (input: ExtractionRequest) => {
      const { extract } = await import('#engine/operations/extract.ts');
      return extract(input, withThreads());
    },
    create: async (input: CreationRequest) => {
      const { createImage } = await import('#engine/operations/create.ts');
      return createImage(input, inThisThread());
    },
    resize: async (input: ResizeRequest) => {
      const { resizeImage } = await import('#engine/operations/resize.ts');
      return resizeImage(input, withThreads());
    },
    check: async (input: { source: SourceReference }) => {
      const { checkImage } = await import('#engine/operations/structure.ts');
      return checkImage(input.source, inThisThread());
    },
    repair: async (input: RepairRequest) => {
      const { repairImage } = await import('#engine/operations/structure.ts');
      return repairImage(input, inThisThread());
    },
    undoRepair: async (input: { path: string; backupPath: string }) => {
      const { undoRepair } = await import('#engine/operations/structure.ts');
      return undoRepair(input.path, input.backupPath);
    },
    planPreparation: async (input: PreparationWork) => {
      const { planPreparation } = await import('#engine/operations/prepare.ts');
      return planPreparation(input, inThisThread());
    },
    prepare: async (input: PreparationWork) => {
      const { prepare } = await import('#engine/operations/prepare.ts');
      return prepare(input, withThreads());
    },
    /** The secret in `access` stays in memory. */
    upload: async (input: { work: UploadWork; access: CloudAccess }) => {
      const { upload } = await import('../transfers/registry.ts');
      return upload(input.work, input.access, inThisThread());
    },
    download: async (input: { work: DownloadWork; access: CloudAccess }) => {
      const { download } = await import('../transfers/registry.ts');
      return download(input.work, input.access, inThisThread());
    },
    listFiles: async (input: ListingRequest) => {
      const { listFiles } = await import('#engine/operations/list.ts');
      return listFiles(input, inThisThread());
    },
    extractFiles: async (input: FileExtractionRequest) => {
      const { extractFiles } = await import('#engine/operations/extract-files.ts');
      return extractFiles(input, inThisThread());
    },
    builders: async () => {
      const { describeBuilders } = await import('#engine/operations/build.ts');
      return describeBuilders();
    },
    planBuild: async (input: BuildRequest) => {
      const { planBuild } = await import('#engine/operations/build.ts');
      return planBuild(input, inThisThread());
    },
    build: async (input: BuildRequest) => {
      const { build } = await import('#engine/operations/build.ts');
      return build(input, withThreads());
    },
    /** What is in the folders, as far as one answer goes. */
    listFolders: async (input: { folders: readonly FolderRequest[] }) => {
      const { listFolders } = await import('#engine/operations/list-folders.ts');
      return listFolders(input.folders);
    },
    /** Null for what is not there. */
    stampFiles: async (input: { paths: readonly string[] }) => {
      const { stampFiles } = await import('#engine/operations/list-folders.ts');
      return stampFiles(input.paths);
    },
    recogniseFiles: async (input: { paths: readonly string[] }) => {
      const { recogniseFiles } = await import('#engine/operations/recognise.ts');
      return recogniseFiles(input.paths);
    },
    /** Which systems are on the disks. */
    lookForGuests: async (input: { paths: readonly string[] }) => {
      const { lookForGuests } = await import('#engine/operations/look-for-guests.ts');
      return lookForGuests(input.paths);
    },
  };
}

export type Operations = ReturnType<typeof operationsUnder>;
