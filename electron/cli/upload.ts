/** The command line's uploads and downloads: in a thread, with a record of what is made in the cloud. */
import { basename, resolve } from 'node:path';
import type { CloudObject, CloudObjectChange, ImageVisibility } from '#shared/domain/cloud-image.ts';
import type {
  DownloadResult,
  UploadMethod,
  UploadPart,
  UploadResult,
  UploadWork,
} from '#shared/domain/upload.ts';
import { unlimited } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { printable } from '#shared/text/printable.ts';
import { formatSize } from '#shared/text/units.ts';
import { diskFormatOf } from '../clouds/openstack/glance.ts';
import { letGoOfCloudObjects, recordCloudObject } from '../catalogue/cloud-objects.ts';
import type { WorkerClient } from '../worker/client.ts';
import { pairsOf } from './arguments.ts';
import { imageCalled, withBooks, type Books } from './clouds.ts';
import { runOperation } from './in-thread.ts';
import { answer, type ExitCode } from './session.ts';
import { sourceOf } from './sources.ts';

export interface UploadOptions {
  readonly to: string;
  readonly name?: string;
  readonly as?: string;
  readonly diskFormat?: string;
  readonly containerFormat?: string;
  readonly set?: readonly string[];
  readonly tag?: readonly string[];
  readonly visibility: string;
  readonly protected?: boolean;
  readonly minDisk?: string;
  readonly minRam?: string;
  readonly method?: string;
  readonly store?: readonly string[];
  readonly kernel?: string;
  readonly ramdisk?: string;
  /** False for --no-wait. */
  readonly wait: boolean;
  readonly json?: boolean;
}

const visibilities: readonly ImageVisibility[] = ['private', 'shared', 'community', 'public'];
const methods: readonly UploadMethod[] = ['upload', 'glance-direct', 'web-download'];

/** `platter upload FILE --to ACCOUNT`. */
export async function upload(file: string, options: UploadOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  const result = await withBooks(async (books) => {
    const access = books.accounts.access(options.to);
    return inCloud(books, json, async (client) => {
      const image = await imagePart(file, options, client);
      return client.upload({ work: workOf(image, options), access });
    });
  });
  answer(json, result, () => describeUpload(result));
  return 0;
}

/** `platter cloud download ACCOUNT IMAGE OUTPUT`. */
export async function download(
  account: string,
  word: string,
  output: string,
  options: { readonly json?: boolean; readonly force?: boolean },
): Promise<ExitCode> {
  const json = options.json ?? false;
  const result: DownloadResult = await withBooks(async (books) => {
    const access = books.accounts.access(account);
    const image = await imageCalled(books, account, word);
    const work = { account, image, outputPath: resolve(output), force: options.force ?? false };
    return inCloud(books, json, (client) => client.download({ work, access }));
  });
  answer(json, result, () => [
    `${result.path}: ${formatSize(result.sizeBytes)}${verifiedWords(result.verified)}`,
  ]);
  return 0;
}

/** Runs the work; what it makes is on record before it is there, and what it leaves stays on record. */
async function inCloud<T>(
  { catalogue, owner }: Books,
  json: boolean,
  call: (client: WorkerClient) => Promise<T>,
): Promise<T> {
  const objects: CloudObject[] = [];
  const cloudObject = (change: CloudObjectChange): void => {
    objects.push(change.object);
    catalogue.durably(() => recordCloudObject(catalogue, change, owner.id, new Date().toISOString()));
  };
  try {
    return await runOperation(json, call, unlimited, { cloudObject });
  } finally {
    letGoOfCloudObjects(catalogue, objects);
  }
}

async function imagePart(file: string, options: UploadOptions, client: WorkerClient): Promise<UploadPart> {
  const properties = Object.fromEntries(pairsOf(options.set ?? [], '--set'));
  const isAddress = /^https?:\/\//i.test(file);
  const isSet = options.kernel !== undefined || options.ramdisk !== undefined;
  const containerFormat = options.containerFormat ?? (isSet ? 'ami' : 'bare');
  const common = { role: 'image', containerFormat, properties } as const;
  if (isAddress) {
    const name = options.name ?? basename(new URL(file).pathname);
    if (options.diskFormat === undefined) throw invalid('say what the address holds with --disk-format');
    return { ...common, name, source: { kind: 'address', address: file }, diskFormat: options.diskFormat };
  }
  const reference = sourceOf(file, {});
  const info = await client.inspect({ source: reference });
  // What is compressed as a whole, or a disk inside a package, is read out: no cloud looks into those.
  const kind = kindOf(options.as) ?? (info.wrapper === null ? 'file' : 'raw');
  if (info.kind === 'package')
    throw invalid(`${file} is a package: name one of its disks, as in ${file}:disk1.vmdk`);
  const diskFormat = options.diskFormat ?? (isSet ? 'ami' : kind === 'raw' ? 'raw' : diskFormatOf(info));
  const name = options.name ?? basename(reference.member ?? reference.path).replace(/\.[^.]*$/, '');
  return { ...common, name, source: { kind, reference }, diskFormat };
}

function workOf(image: UploadPart, options: UploadOptions): UploadWork {
  const method = methods.find((known) => known === options.method);
  if (options.method !== undefined && method === undefined)
    throw invalid(`--method is one of ${methods.join(', ')}`);
  const visibility = visibilities.find((known) => known === options.visibility);
  if (visibility === undefined) throw invalid(`--visibility is one of ${visibilities.join(', ')}`);
  const beside = (['kernel', 'ramdisk'] as const).flatMap((role): UploadPart[] => {
    const file = options[role];
    if (file === undefined) return [];
    const format = role === 'kernel' ? 'aki' : 'ari';
    const source = { kind: 'file', reference: sourceOf(file, {}) } as const;
    return [
      {
        role,
        name: `${image.name} ${role}`,
        source,
        diskFormat: format,
        containerFormat: format,
        properties: {},
      },
    ];
  });
  return {
    account: options.to,
    method: method ?? (image.source.kind === 'address' ? 'web-download' : 'upload'),
    parts: [...beside, image],
    visibility,
    isProtected: options.protected ?? false,
    tags: options.tag ?? [],
    minDiskGigabytes: countOf('--min-disk', options.minDisk),
    minMemoryMegabytes: countOf('--min-ram', options.minRam),
    stores: options.store ?? [],
    wait: options.wait,
  };
}

function describeUpload({ images, account }: UploadResult): string[] {
  return images.flatMap(({ id, name, status, sizeBytes, verified, converted }) => [
    `${printable(name)} is ${status} in ${account}: ${id}${sizeBytes === null ? '' : `, ${formatSize(sizeBytes)}`}${verifiedWords(verified)}`,
    ...(converted === null
      ? []
      : [`the cloud keeps it as ${converted.to}, and not as ${converted.from} as it was sent`]),
  ]);
}

function verifiedWords(verified: UploadResult['images'][number]['verified']): string {
  return verified === null ? '' : `, ${verified.algorithm} ${verified.digest} on both sides`;
}

function kindOf(word: string | undefined): 'file' | 'raw' | null {
  if (word === undefined) return null;
  if (word === 'file' || word === 'raw') return word;
  throw invalid('--as is file or raw');
}

function countOf(option: string, word: string | undefined): number {
  if (word === undefined) return 0;
  if (/^\d{1,7}$/.test(word)) return Number(word);
  throw invalid(`${option} takes a whole number, not "${word}"`);
}

function invalid(problem: string): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
