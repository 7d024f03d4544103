/** What each kind of job does: its title, the operation it runs, and what its result adds to the library. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ConversionResult, TargetRequest } from '#shared/domain/conversion.ts';
import type { JobOutcome, JobRequest } from '#shared/domain/job.ts';
import type { LibraryEntry, Origin } from '#shared/domain/library.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { recordHash, recordMadeImage, type MadeImage } from '../catalogue/images.ts';
import type { WorkerClient } from '../worker/client.ts';

/** A title for lists and notifications. */
export function titleOf(work: JobRequest): string {
  switch (work.kind) {
    case 'extract':
      return `Extract ${basename(work.request.packagePath)}`;
    case 'convert': {
      const { source, target } = work.request;
      const name = source.member ?? basename(source.path);
      return target.format === 'as-is' ? `Copy ${name}` : `Convert ${name} to ${target.format}`;
    }
    case 'verify-package':
      return `Verify ${basename(work.request.packagePath)}`;
    case 'hash':
      return `Hash ${basename(work.request.path)}`;
  }
}

/** Runs the operation of a job in a worker thread. */
export async function perform(client: WorkerClient, work: JobRequest): Promise<JobOutcome> {
  switch (work.kind) {
    case 'extract':
      return { kind: 'extract', result: await client.extract(work.request) };
    case 'convert':
      return { kind: 'convert', result: await client.convert(work.request) };
    case 'verify-package':
      return {
        kind: 'verify-package',
        result: await client.verifyPackage({ path: work.request.packagePath }),
      };
    case 'hash':
      return { kind: 'hash', result: await client.hash({ source: { path: work.request.path } }) };
  }
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
  outcome: JobOutcome,
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
  return (catalogue, endedAt) => made.map((image) => recordMadeImage(catalogue, image, endedAt));
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
