/** What each kind of job does: the operation it runs, and what its result adds to the library. */
import { stat } from 'node:fs/promises';
import type { ContentTree } from '#shared/domain/content.ts';
import type { ConversionResult, TargetRequest } from '#shared/domain/conversion.ts';
import type { ImageInfo } from '#shared/domain/image.ts';
import type { JobKind, JobKinds, JobOutcome, JobRequest } from '#shared/domain/job.ts';
import type { SumCheck } from '#shared/domain/parts.ts';
import type { LibraryEntry, Origin } from '#shared/domain/library.ts';
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import { recordContent } from '../catalogue/contents.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { recordSumCheck } from '../catalogue/file-sums.ts';
import {
  findImageByPath,
  knownImageOf,
  recordHash,
  recordMadeImage,
  rememberImage,
  type MadeImage,
} from '../catalogue/images.ts';
import { inheritContent, verifiedCopy } from './inherited-content.ts';
import type { WorkerClient } from '../worker/client.ts';

type Request<K extends JobKind> = JobKinds[K]['request'];
type Result<K extends JobKind> = JobKinds[K]['result'];

/** An account with its secret, by its name. @throws Failure `input.invalid` where there is none, or no secret. */
export type AccessTo = (account: string) => Promise<CloudAccess>;

interface Work<K extends JobKind> {
  /** Where it reads all of a disk anyway, with what that disk's content is known by. */
  run(
    client: WorkerClient,
    request: Request<K>,
    accessTo: AccessTo,
  ): Promise<Result<K> & { readonly content?: ContentTree }>;
  /** Files that are new or other than before: they are looked at again when the work is done. */
  touches?(request: Request<K>, result: Result<K>): readonly string[];
}

const works: { readonly [K in JobKind]: Work<K> } = {
  extract: {
    run: (client, request) => client.extract(request),
  },
  convert: {
    run: (client, request) => client.convert(request),
  },
  'verify-package': {
    run: (client, { packagePath }) => client.verifyPackage({ path: packagePath }),
  },
  hash: {
    run: (client, { path }) => client.hash({ source: { path }, content: true }),
  },
  'check-sums': {
    run: (client, request) => client.checkSums(request),
  },
  create: {
    run: (client, request) => client.create(request),
    touches: ({ outputPath }) => [outputPath],
  },
  resize: {
    run: (client, request) => client.resize(request),
    touches: ({ path }) => [path],
  },
  check: {
    run: (client, { path }) => client.check({ source: { path } }),
  },
  repair: {
    run: (client, request) => client.repair(request),
    touches: ({ path }) => [path],
  },
  compare: {
    run: (client, { first, second, everywhere = false }) =>
      client.compare({ first: { path: first }, second: { path: second }, everywhere }),
  },
  'extract-files': {
    run: (client, request) => client.extractFiles(request),
  },
  build: {
    run: (client, request) => client.build(request),
    touches: (_request, { files }) => files.map(({ path }) => path),
  },
  prepare: {
    run: (client, request) => client.prepare(request),
    touches: (_request, { files }) => files.flatMap(({ path, parts }) => (parts === undefined ? [path] : [])),
  },
  upload: {
    run: async (client, work, accessTo) => client.upload({ work, access: await accessTo(work.account) }),
  },
  download: {
    run: async (client, work, accessTo) => client.download({ work, access: await accessTo(work.account) }),
    touches: ({ outputPath }) => [outputPath],
  },
};

/** What a job came to, and what the files that it touched are now. */
export interface Performed {
  readonly outcome: JobOutcome;
  readonly looks: readonly ImageInfo[];
  /** Of the disk that was read; absent where none was. */
  readonly content?: ContentTree;
}

/** Runs the operation of a job in a worker thread. */
export async function perform(
  client: WorkerClient,
  { kind, request }: JobRequest,
  accessTo: AccessTo,
): Promise<Performed> {
  const work = works[kind] as Work<JobKind>;
  const { content, result } = withoutContent(await work.run(client, request, accessTo));
  const looks: ImageInfo[] = [];
  for (const path of work.touches?.(request, result as Result<JobKind>) ?? []) {
    // What is no image (a manifest, a licence beside a package) has no place in the library.
    const look = await client.inspect({ source: { path } }).catch(() => null);
    if (look !== null) looks.push(look);
  }
  return { outcome: { kind, result } as JobOutcome, looks, ...(content === undefined ? {} : { content }) };
}

/** What is told of the job, and what only the library keeps. */
function withoutContent<R extends object>(
  answer: R & { readonly content?: ContentTree },
): { readonly result: R; readonly content?: ContentTree } {
  if (typeof answer !== 'object' || !('content' in answer)) return { result: answer };
  const { content, ...result } = answer;
  return { result: result as R, ...(content === undefined ? {} : { content }) };
}

/** What a result means for the library; applied in the transaction that ends the job. */
export type LibraryChange = (catalogue: Catalogue, endedAt: string) => LibraryEntry[];

/** When a file was last written, in milliseconds since 1970; null when it cannot be told. */
export async function modificationTime(path: string): Promise<number | null> {
  return stat(path).then(
    (status) => status.mtimeMs,
    () => null,
  );
}

/**
 * What the job's outcome means for the library. `hashedAtStart` is the modification time of a hashed file before the
 * job ran: the digest of a file that changed meanwhile is not kept.
 */
export async function libraryChangeOf(
  work: JobRequest,
  { outcome, looks, content }: Performed,
  hashedAtStart: number | null,
): Promise<LibraryChange> {
  if (work.kind === 'hash' && outcome.kind === 'hash') {
    const { path } = work.request;
    if (hashedAtStart === null || (await modificationTime(path)) !== hashedAtStart) return () => [];
    return (catalogue, endedAt) => {
      const entry = recordHash(catalogue, path, outcome.result.sha256);
      if (entry !== null && content !== undefined) recordContent(catalogue, entry.id, content, endedAt);
      return entry ? [entry] : [];
    };
  }
  if (outcome.kind === 'check-sums')
    return (catalogue, endedAt) => takeSums(catalogue, outcome.result, endedAt);
  const made = await madeImagesOf(work, outcome);
  const known = await Promise.all(
    looks.map(async (look) => knownImageOf(look, await modificationTime(look.path))),
  );
  const origin = originOf(work);
  const copy =
    work.kind === 'convert' && outcome.kind === 'convert'
      ? await verifiedCopy(work.request, outcome.result)
      : null;
  return (catalogue, endedAt) => {
    const entries = [
      ...made.map((image) => recordMadeImage(catalogue, image, endedAt)),
      ...known.map((image) =>
        origin === null
          ? rememberImage(catalogue, image, endedAt)
          : recordMadeImage(catalogue, { ...image, sha256: null, origin }, endedAt),
      ),
    ];
    if (copy !== null) inheritContent(catalogue, copy, endedAt);
    return entries;
  };
}

/** What a file was when it was read: when it changed meanwhile, it is another one, of which this says nothing. */
function takeSums(catalogue: Catalogue, result: SumCheck, checkedAt: string): LibraryEntry[] {
  const { path: target, sizeBytes, modifiedMilliseconds } = result;
  for (const { algorithm, actual } of result.results) {
    if (actual === null) continue;
    recordSumCheck(catalogue, { target, algorithm, actual, sizeBytes, modifiedMilliseconds, checkedAt });
  }
  const entry = findImageByPath(catalogue, target);
  return entry === null ? [] : [entry];
}

/** What was built comes from its first input; what was only changed keeps the origin it has. */
function originOf(work: JobRequest): Origin | null {
  if (work.kind === 'prepare') {
    const { sourcePath, outputs, cloud } = work.request;
    const { source, target } = outputs.at(-1)!;
    const disk = source.member ?? null;
    return { kind: 'prepared', sourcePath, disk, format: cloud, options: target.options ?? {} };
  }
  if (work.kind !== 'build') return null;
  const [input] = work.request.inputs;
  if (input === undefined) return null;
  const { builder } = work.request;
  return { kind: 'built', sourcePath: input.path, disk: input.member ?? null, format: builder, options: {} };
}

async function madeImagesOf(work: JobRequest, outcome: JobOutcome): Promise<MadeImage[]> {
  if (work.kind === 'convert' && outcome.kind === 'convert') {
    const { source, target } = work.request;
    const origin = { kind: 'converted', sourcePath: source.path, disk: source.member ?? null } as const;
    return [await madeImage(outcome.result, origin, target)];
  }
  if (work.kind !== 'extract' || outcome.kind !== 'extract') return [];
  const { packagePath, disks } = work.request;
  return Promise.all(
    outcome.result.files.map((file) => {
      const origin = { kind: 'extracted', sourcePath: packagePath, disk: file.disk } as const;
      return madeImage(file, origin, disks.find((disk) => disk.name === file.disk)?.target);
    }),
  );
}

async function madeImage(
  result: ConversionResult,
  origin: Pick<Origin, 'kind' | 'sourcePath' | 'disk'>,
  target: TargetRequest | undefined,
): Promise<MadeImage> {
  const { path, format, variant, virtualSizeBytes, fileSizeBytes, allocatedBytes, sha256 } = result;
  return {
    path,
    kind: 'disk',
    format,
    variant,
    virtualSizeBytes,
    fileSizeBytes,
    allocatedBytes,
    modifiedMilliseconds: await modificationTime(path),
    sha256,
    origin: { ...origin, format, options: target?.options ?? {} },
  };
}
