/** How the command line's options say what to read (the format, a snapshot, a passphrase, files that are allowed), and how fast. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SourceReference } from '#shared/domain/conversion.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import type { JobLimits } from '#shared/domain/job.ts';
import { parseSource, parseSpeed, parseWorkers } from './arguments.ts';

export interface SourceOptions {
  /** Take the source for this format instead of asking its content. */
  readonly from?: string;
  readonly snapshot?: string;
  /** A file whose first line is the passphrase: on the command line others could see it. */
  readonly passphraseFile?: string;
  readonly allow?: readonly string[];
}

/** A file with a passphrase is one line; more is a mistake. */
const passphraseLimit = 4096;

/** The source that FILE and the options beside it mean. @throws Failure `io.*`, `input.invalid`. */
export function sourceOf(argument: string, options: SourceOptions): SourceReference {
  const { from, snapshot, passphraseFile, allow } = options;
  return {
    ...parseSource(argument),
    ...(from === undefined ? {} : { format: from }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(passphraseFile === undefined ? {} : { passphrase: readPassphrase(passphraseFile) }),
    ...(allow === undefined ? {} : { allowed: allow.map((path) => resolve(path)) }),
  };
}

/** The same for what is looked into: a folder stands for the one package whose descriptor lies in it. */
export function readableSourceOf(argument: string, options: SourceOptions): SourceReference {
  const source = sourceOf(argument, options);
  if (statSync(source.path, { throwIfNoEntry: false })?.isDirectory() !== true) return source;
  return { ...source, path: join(source.path, onlyDescriptorIn(source.path)) };
}

function onlyDescriptorIn(folder: string): string {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /^[^.].*\.ovf$/i.test(name));
  } catch (error) {
    throw systemFailure(error, folder);
  }
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  const found =
    name === undefined ? 'no OVF descriptor' : `${names.length} OVF descriptors; name one of them`;
  throw new Failure('input.invalid', { problem: `${folder} is a folder with ${found}` });
}

export interface BackingOptions {
  readonly backing?: string;
  /** Take the backing image for this format: a raw disk's guest may have made it look like another. */
  readonly backingFormat?: string;
  readonly passphraseFile?: string;
  readonly allow?: readonly string[];
}

/** The backing image that the options name, as a member of a target; nothing when they name none. */
export function backingOf({ backing, backingFormat, ...options }: BackingOptions): {
  backing?: SourceReference;
} {
  if (backing === undefined) return {};
  const { passphraseFile, allow } = options;
  return {
    backing: sourceOf(backing, {
      ...(backingFormat === undefined ? {} : { from: backingFormat }),
      ...(passphraseFile === undefined ? {} : { passphraseFile }),
      ...(allow === undefined ? {} : { allow }),
    }),
  };
}

function readPassphrase(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw systemFailure(error, path);
  }
  const line = text.split(/\r?\n/, 1)[0]!;
  if (line === '' || line.length > passphraseLimit) {
    throw new Failure('input.invalid', { problem: `${path} has no passphrase in its first line` });
  }
  return line;
}

export interface LimitOptions {
  /** Bytes a second, e.g. 50M. */
  readonly limit?: string;
  readonly workers?: string;
  readonly lowPriority?: boolean;
}

/** What the operation may take of the machine. @throws Failure `input.invalid`. */
export function limitsOf({ limit, workers, lowPriority }: LimitOptions): JobLimits {
  return {
    bytesPerSecond: limit === undefined ? null : parseSpeed(limit),
    workers: parseWorkers(workers),
    lowPriority: lowPriority ?? false,
  };
}

export interface PartitionOption {
  readonly partition?: string;
}

/** The partition that was asked for, as a member of a request. @throws Failure `input.invalid`. */
export function partitionOf({ partition }: PartitionOption): { partition?: number } {
  if (partition === undefined) return {};
  const number = Number(partition);
  if (Number.isInteger(number) && number >= 1) return { partition: number };
  throw new Failure('input.invalid', { problem: `--partition is a number from 1, not "${partition}"` });
}
