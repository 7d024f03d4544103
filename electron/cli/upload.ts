/** The command line's uploads and downloads. */
import { basename, resolve } from 'node:path';
import { proposedName, proposedPacking } from '#shared/domain/cloud-description.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { DownloadResult, UploadPart, UploadResult, UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { describeNote } from '#shared/text/job-notes.ts';
import { printable } from '#shared/text/printable.ts';
import { formatSize } from '#shared/text/units.ts';
import type { TransferCloud } from '../transfers/cloud.ts';
import { transferCloud } from '../transfers/registry.ts';
import { pairsOf, parseOptions } from './arguments.ts';
import { imageCalled, withBooks } from './clouds.ts';
import { inThisThread, readHere } from './here.ts';
import { runOperation } from './in-thread.ts';
import { answer, type ExitCode } from './session.ts';
import { sourceOf } from './sources.ts';
import { uploadAsJob, type NotedUpload } from './upload-job.ts';

export interface UploadOptions {
  readonly to: string;
  readonly name?: string;
  readonly as?: string;
  readonly option?: readonly string[];
  readonly diskFormat?: string;
  readonly containerFormat?: string;
  readonly set?: readonly string[];
  readonly tag?: readonly string[];
  readonly visibility?: string;
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

/** Words of the command line that are options of some clouds, by the names that those declare. */
const shorthands = {
  visibility: 'visibility',
  protected: 'isProtected',
  method: 'method',
  store: 'stores',
  tag: 'tags',
  minDisk: 'minDiskGigabytes',
  minRam: 'minMemoryMegabytes',
  diskFormat: 'diskFormat',
  containerFormat: 'containerFormat',
} as const satisfies Partial<Record<keyof UploadOptions, string>>;

/** `platter upload FILE --to ACCOUNT`. */
export async function upload(file: string, options: UploadOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  const result = await withBooks(async (books) => {
    const access = books.accounts.access(options.to);
    const cloud = transferCloud(access.cloud);
    const work = workOf(await imagePart(file, options, cloud), options, cloud);
    return uploadAsJob(books, json, work, access);
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
    return runOperation(json, (client) => client.download({ work, access }));
  });
  answer(json, result, () => [
    `${result.path}: ${formatSize(result.sizeBytes)}${verifiedWords(result.verified)}`,
  ]);
  return 0;
}

async function imagePart(
  file: string,
  options: UploadOptions,
  { title, uploads }: TransferCloud,
): Promise<UploadPart> {
  const properties = Object.fromEntries(pairsOf(options.set ?? [], '--set'));
  if (isAddress(file)) {
    const name = options.name ?? basename(new URL(file).pathname);
    return { role: 'image', name, source: { kind: 'address', address: file }, properties };
  }
  const reference = sourceOf(file, {});
  const { inspect } = await import('#engine/operations/inspect.ts');
  const info = readHere(true, inThisThread, (control) => inspect(reference, control, false));
  if (info.kind === 'package')
    throw invalid(`${file} is a package: name one of its disks, as in ${file}:disk1.vmdk`);
  const usual = uploads.kinds[0] ?? 'file';
  // What is compressed as a whole is read out where the cloud would not look into it.
  const word =
    options.as ??
    proposedPacking(uploads, info.wrapper)?.id ??
    (info.wrapper === null || uploads.takesCompressed ? usual : 'raw');
  const kind = uploads.kinds.find((known) => known === word);
  const conversion = uploads.conversions.find(({ id }) => id === word);
  const known = [...uploads.kinds, ...uploads.conversions.map(({ id }) => id)];
  const source: UploadPart['source'] | null =
    kind !== undefined
      ? { kind, reference }
      : conversion !== undefined
        ? { kind: 'converted', reference, target: conversion.target }
        : null;
  if (source === null) throw invalid(`${title} takes --as ${known.join(' or ')}`);
  const fileName = basename(reference.member ?? reference.path);
  const stem = fileName.replace(/\.[^.]*$/, '');
  const name = options.name ?? proposedName(uploads, stem, fileName, kind ?? conversion!);
  return { role: 'image', name, source, properties };
}

const isAddress = (file: string): boolean => /^https?:\/\//i.test(file);

function workOf(image: UploadPart, options: UploadOptions, cloud: TransferCloud): UploadWork {
  const beside = (['kernel', 'ramdisk'] as const).flatMap((role): UploadPart[] => {
    const file = options[role];
    if (file === undefined) return [];
    const source = { kind: 'file', reference: sourceOf(file, {}) } as const;
    return [{ role, name: `${image.name} ${role}`, source, properties: {} }];
  });
  return {
    account: options.to,
    options: optionsOf(options, cloud, image.source.kind === 'address'),
    parts: [...beside, image],
    wait: options.wait,
  };
}

/** What `-o` and the shorter words say. @throws Failure `input.invalid` for a word that the cloud has no use for. */
function optionsOf(options: UploadOptions, cloud: TransferCloud, fetched: boolean): OptionValues {
  const short = Object.entries(shorthands).flatMap(([word, name]): [string, string | boolean][] => {
    const value = options[word as keyof typeof shorthands];
    // The cloud fetches by one way only.
    if (value === undefined || (name === 'method' && fetched && value === 'web-download')) return [];
    if (!cloud.uploads.options.some((option) => option.name === name)) {
      throw invalid(
        `--${word.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} means nothing to ${cloud.title}`,
      );
    }
    return [[name, Array.isArray(value) ? value.join('\n') : (value as string | boolean)]];
  });
  return { ...Object.fromEntries(short), ...parseOptions(options.option) };
}

function describeUpload({ images, account, notes }: NotedUpload): string[] {
  const uploaded = images.flatMap(({ id, name, status, sizeBytes, verified, converted }) => [
    `${printable(name)} is ${status} in ${account}: ${id}${sizeBytes === null ? '' : `, ${formatSize(sizeBytes)}`}${verifiedWords(verified)}`,
    ...(converted === null
      ? []
      : [`the cloud keeps it as ${converted.to}, and not as ${converted.from} as it was sent`]),
  ]);
  return [...notes.map(describeNote), ...uploaded];
}

function verifiedWords(verified: UploadResult['images'][number]['verified']): string {
  return verified === null ? '' : `, ${verified.algorithm} ${verified.digest} on both sides`;
}

function invalid(problem: string): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
