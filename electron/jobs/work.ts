/** What each kind of job does: its title, the operation it runs, and what its result adds to the library. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ConversionResult, TargetRequest } from '#shared/domain/conversion.ts';
import type { ImageInfo } from '#shared/domain/image.ts';
import type { JobKind, JobKinds, JobOutcome, JobRequest } from '#shared/domain/job.ts';
import type { LibraryEntry, Origin } from '#shared/domain/library.ts';
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { Catalogue } from '../catalogue/database.ts';
import {
  knownImageOf,
  recordHash,
  recordMadeImage,
  rememberImage,
  type MadeImage,
} from '../catalogue/images.ts';
import type { WorkerClient } from '../worker/client.ts';

type Request<K extends JobKind> = JobKinds[K]['request'];
type Result<K extends JobKind> = JobKinds[K]['result'];

/** An account with its secret, by its name. @throws Failure `input.invalid` where there is none, or no secret. */
export type AccessTo = (account: string) => Promise<CloudAccess>;

interface Work<K extends JobKind> {
  title(request: Request<K>): string;
  run(client: WorkerClient, request: Request<K>, accessTo: AccessTo): Promise<Result<K>>;
  /** Files that are new or other than before: they are looked at again when the work is done. */
  touches?(request: Request<K>, result: Result<K>): readonly string[];
}

const works: { readonly [K in JobKind]: Work<K> } = {
  extract: {
    title: ({ packagePath }) => `Extract ${basename(packagePath)}`,
    run: (client, request) => client.extract(request),
  },
  convert: {
    title: ({ source, target }) => {
      const name = source.member ?? basename(source.path);
      return target.format === 'as-is' ? `Copy ${name}` : `Convert ${name} to ${target.format}`;
    },
    run: (client, request) => client.convert(request),
  },
  'verify-package': {
    title: ({ packagePath }) => `Verify ${basename(packagePath)}`,
    run: (client, { packagePath }) => client.verifyPackage({ path: packagePath }),
  },
  hash: {
    title: ({ path }) => `Hash ${basename(path)}`,
    run: (client, { path }) => client.hash({ source: { path } }),
  },
  create: {
    title: ({ outputPath }) => `Create ${basename(outputPath)}`,
    run: (client, request) => client.create(request),
    touches: ({ outputPath }) => [outputPath],
  },
  resize: {
    title: ({ path }) => `Resize ${basename(path)}`,
    run: (client, request) => client.resize(request),
    touches: ({ path }) => [path],
  },
  check: {
    title: ({ path }) => `Check ${basename(path)}`,
    run: (client, { path }) => client.check({ source: { path } }),
  },
  repair: {
    title: ({ path }) => `Repair ${basename(path)}`,
    run: (client, request) => client.repair(request),
    touches: ({ path }) => [path],
  },
  compare: {
    title: ({ first, second }) => `Compare ${basename(first)} with ${basename(second)}`,
    run: (client, { first, second }) => client.compare({ first: { path: first }, second: { path: second } }),
  },
  'extract-files': {
    title: ({ source }) => `Extract files from ${basename(source.path)}`,
    run: (client, request) => client.extractFiles(request),
  },
  build: {
    title: ({ outputPath }) => `Build ${basename(outputPath)}`,
    run: (client, request) => client.build(request),
    touches: (_request, { files }) => files.map(({ path }) => path),
  },
  prepare: {
    title: ({ sourcePath, cloudTitle }) => `Prepare ${basename(sourcePath)} for ${cloudTitle}`,
    run: (client, request) => client.prepare(request),
    touches: (_request, { files }) => files.map(({ path }) => path),
  },
  upload: {
    title: ({ parts, account }) => `Upload ${parts.at(-1)?.name ?? 'nothing'} to ${account}`,
    run: async (client, work, accessTo) => client.upload({ work, access: await accessTo(work.account) }),
  },
  download: {
    title: ({ image, account }) => `Download ${image.name ?? image.id} from ${account}`,
    run: async (client, work, accessTo) => client.download({ work, access: await accessTo(work.account) }),
    touches: ({ outputPath }) => [outputPath],
  },
};

/** A title for lists and notifications. */
export function titleOf({ kind, request }: JobRequest): string {
  return (works[kind] as Work<JobKind>).title(request);
}

/** What a job came to, and what the files that it touched are now. */
export interface Performed {
  readonly outcome: JobOutcome;
  readonly looks: readonly ImageInfo[];
}

/** Runs the operation of a job in a worker thread. */
export async function perform(
  client: WorkerClient,
  { kind, request }: JobRequest,
  accessTo: AccessTo,
): Promise<Performed> {
  const work = works[kind] as Work<JobKind>;
  const result = await work.run(client, request, accessTo);
  const looks: ImageInfo[] = [];
  for (const path of work.touches?.(request, result) ?? []) {
    // What is no image (a manifest, a licence beside a package) has no place in the library.
    const look = await client.inspect({ source: { path } }).catch(() => null);
    if (look !== null) looks.push(look);
  }
  return { outcome: { kind, result } as JobOutcome, looks };
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
  { outcome, looks }: Performed,
  hashedAtStart: number | null,
): Promise<LibraryChange> {
  if (work.kind === 'hash' && outcome.kind === 'hash') {
    const { path } = work.request;
    if (hashedAtStart === null || (await modificationTime(path)) !== hashedAtStart) return () => [];
    return (catalogue) => {
      const entry = recordHash(catalogue, path, outcome.result.sha256);
      return entry ? [entry] : [];
    };
  }
  const made = await madeImagesOf(work, outcome);
  const known = await Promise.all(
    looks.map(async (look) => knownImageOf(look, await modificationTime(look.path))),
  );
  const origin = originOf(work);
  return (catalogue, endedAt) => [
    ...made.map((image) => recordMadeImage(catalogue, image, endedAt)),
    ...known.map((image) =>
      origin === null
        ? rememberImage(catalogue, image, endedAt)
        : recordMadeImage(catalogue, { ...image, sha256: null, origin }, endedAt),
    ),
  ];
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
